;; Makes the int8 row of a vector, as docs/exact-search.md defines it; quantise-vector.ts does the same in TypeScript,
;; bit for bit: every sum has four parts, by the column modulo 4, of which 0 and 2, and 1 and 3, are added first.
(module
  (import "scan" "memory" (memory 1 65536 shared))

  ;; Addresses are in bytes. `vector` has `width` float32 values, a multiple of 4 and not 0; those behind the columns
  ;; are 0. Writes `width` int8 values to `row`, then the scale and the error as float32.
  ;; Returns 1, and writes nothing, for a vector that holds a value that is not finite, else 0.
  (func (export "quantise") (param $vector i32) (param $width i32) (param $row i32) (result i32)
    (local $at i32) (local $end i32) (local $integers i32)
    (local $values v128) (local $low v128) (local $high v128) (local $left v128) (local $right v128)
    (local $greatest v128) (local $sumLow v128) (local $sumHigh v128) (local $integerSums v128)
    (local $steps v128) (local $squares f64) (local $length f64) (local $step f64) (local $scale f32)

    (local.set $end (i32.add (local.get $vector) (i32.mul (local.get $width) (i32.const 4))))

    ;; The greatest magnitude and the sum of the squares.
    (local.set $at (local.get $vector))
    (loop $next
      (local.set $values (v128.load (local.get $at)))
      (local.set $greatest (f32x4.pmax (local.get $greatest) (f32x4.abs (local.get $values))))
      (local.set $low (f64x2.promote_low_f32x4 (local.get $values)))
      (local.set $high (f64x2.promote_low_f32x4 (v128.load64_zero offset=8 (local.get $at))))
      (local.set $sumLow (f64x2.add (local.get $sumLow) (f64x2.mul (local.get $low) (local.get $low))))
      (local.set $sumHigh (f64x2.add (local.get $sumHigh) (f64x2.mul (local.get $high) (local.get $high))))
      (br_if $next
        (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $end))))
    (local.set $squares (call $total (local.get $sumLow) (local.get $sumHigh)))
    ;; Neither NaN nor an infinity is below infinity.
    (if (i32.eqz (f64.lt (local.get $squares) (f64.const inf))) (then (return (i32.const 1))))
    (local.set $step
      (f64.div
        (f64.const 127)
        (f64.promote_f32
          (f32.max
            (f32.max (f32x4.extract_lane 0 (local.get $greatest)) (f32x4.extract_lane 1 (local.get $greatest)))
            (f32.max (f32x4.extract_lane 2 (local.get $greatest)) (f32x4.extract_lane 3 (local.get $greatest)))))))
    (local.set $integers (local.get $row))

    ;; A vector of zeros: integers of zero, and an error of minus infinity.
    (if (f64.eq (local.get $squares) (f64.const 0))
      (then
        (memory.fill (local.get $row) (i32.const 0) (local.get $width))
        (f32.store (i32.add (local.get $row) (local.get $width)) (f32.const 0))
        (f32.store offset=4 (i32.add (local.get $row) (local.get $width)) (f32.const -inf))
        (return (i32.const 0))))

    ;; The integers, to the nearest: around 1.5 * 2^52 float64 holds nothing else, and the low half of its bits is the
    ;; integer. With them the sum of their products with the values, and that of their squares.
    (local.set $steps (f64x2.splat (local.get $step)))
    (local.set $sumLow (v128.const i32x4 0 0 0 0))
    (local.set $sumHigh (v128.const i32x4 0 0 0 0))
    (local.set $at (local.get $vector))
    (loop $next
      (local.set $low (f64x2.promote_low_f32x4 (v128.load64_zero (local.get $at))))
      (local.set $high (f64x2.promote_low_f32x4 (v128.load64_zero offset=8 (local.get $at))))
      (local.set $left
        (f64x2.add
          (f64x2.mul (local.get $low) (local.get $steps))
          (v128.const f64x2 6755399441055744 6755399441055744)))
      (local.set $right
        (f64x2.add
          (f64x2.mul (local.get $high) (local.get $steps))
          (v128.const f64x2 6755399441055744 6755399441055744)))
      (local.set $sumLow
        (f64x2.add
          (local.get $sumLow)
          (f64x2.mul
            (local.get $low)
            (f64x2.sub (local.get $left) (v128.const f64x2 6755399441055744 6755399441055744)))))
      (local.set $sumHigh
        (f64x2.add
          (local.get $sumHigh)
          (f64x2.mul
            (local.get $high)
            (f64x2.sub (local.get $right) (v128.const f64x2 6755399441055744 6755399441055744)))))
      (local.set $values
        (i8x16.shuffle 0 1 2 3 8 9 10 11 16 17 18 19 24 25 26 27 (local.get $left) (local.get $right)))
      (local.set $values (i16x8.narrow_i32x4_s (local.get $values) (v128.const i32x4 0 0 0 0)))
      (local.set $integerSums
        (i32x4.add (local.get $integerSums) (i32x4.dot_i16x8_s (local.get $values) (local.get $values))))
      (v128.store32_lane 0
        (local.get $integers)
        (i8x16.narrow_i16x8_s (local.get $values) (local.get $values)))
      (local.set $integers (i32.add (local.get $integers) (i32.const 4)))
      (br_if $next
        (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $end))))
    (local.set $length (f64.sqrt (local.get $squares)))
    (local.set $scale
      (f32.demote_f64
        (f64.div
          (f64.div
            (call $total (local.get $sumLow) (local.get $sumHigh))
            (f64.convert_i32_s
              (i32.add
                (i32x4.extract_lane 0 (local.get $integerSums))
                (i32x4.extract_lane 1 (local.get $integerSums)))))
          (local.get $length))))

    ;; The length of what the scaled integers leave out.
    (local.set $steps (f64x2.splat (f64.mul (f64.promote_f32 (local.get $scale)) (local.get $length))))
    (local.set $sumLow (v128.const i32x4 0 0 0 0))
    (local.set $sumHigh (v128.const i32x4 0 0 0 0))
    (local.set $integers (local.get $row))
    (local.set $at (local.get $vector))
    (loop $next
      (local.set $values
        (i32x4.extend_low_i16x8_s (i16x8.extend_low_i8x16_s (v128.load32_zero (local.get $integers)))))
      (local.set $low
        (f64x2.sub
          (f64x2.promote_low_f32x4 (v128.load64_zero (local.get $at)))
          (f64x2.mul (local.get $steps) (f64x2.convert_low_i32x4_s (local.get $values)))))
      (local.set $high
        (f64x2.sub
          (f64x2.promote_low_f32x4 (v128.load64_zero offset=8 (local.get $at)))
          (f64x2.mul
            (local.get $steps)
            (f64x2.convert_low_i32x4_s
              (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15
                (local.get $values) (local.get $values))))))
      (local.set $sumLow (f64x2.add (local.get $sumLow) (f64x2.mul (local.get $low) (local.get $low))))
      (local.set $sumHigh (f64x2.add (local.get $sumHigh) (f64x2.mul (local.get $high) (local.get $high))))
      (local.set $integers (i32.add (local.get $integers) (i32.const 4)))
      (br_if $next
        (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $end))))
    (f32.store (local.get $integers) (local.get $scale))
    ;; Rounded up: 1 + 2^-23.
    (f32.store offset=4 (local.get $integers)
      (f32.demote_f64
        (f64.mul
          (f64.div
            (f64.sqrt (call $total (local.get $sumLow) (local.get $sumHigh)))
            (local.get $length))
          (f64.const 0x1.000002p+0))))
    (i32.const 0))

  (func $total (param $low v128) (param $high v128) (result f64)
    (local.set $low (f64x2.add (local.get $low) (local.get $high)))
    (f64.add (f64x2.extract_lane 0 (local.get $low)) (f64x2.extract_lane 1 (local.get $low)))))
