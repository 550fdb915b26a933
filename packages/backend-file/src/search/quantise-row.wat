;; Makes the int8 row of a vector, as docs/exact-search.md defines it; quantise-vector.ts does the same in TypeScript,
;; bit for bit: of 8 columns those that are 4 apart are added in float32, and what that gives in four sums in float64,
;; of which 0 and 2, and 1 and 3, are added first.
(module
  (import "scan" "memory" (memory 1 65536 shared))

  ;; Addresses are in bytes. `vector` has `width` float32 values, a multiple of 16 and not 0; those behind the columns
  ;; are 0. Writes `width` int8 values to `row`, then the scale and the error as float32. What is at `vector` may be
  ;; another multiple of it afterwards.
  ;; Returns 1, and writes nothing, for a vector that holds a value that is not finite, else 0.
  (func (export "quantise") (param $vector i32) (param $width i32) (param $row i32) (result i32)
    (local $at i32) (local $end i32) (local $integers i32) (local $most i32)
    (local $steps v128) (local $greatest v128) (local $integerSums v128)
    (local $low v128) (local $high v128) (local $lowRound v128) (local $highRound v128) (local $values v128)
    (local $sumLow v128) (local $sumHigh v128) (local $productLow v128) (local $productHigh v128)
    (local $squares f64) (local $products f64) (local $integerSquares f64)
    (local $length f64) (local $scale f32) (local $missing f64)

    (local.set $end (i32.add (local.get $vector) (i32.mul (local.get $width) (i32.const 4))))

    ;; The greatest magnitude: without their signs, float32 values have the order of their bits.
    (local.set $at (local.get $vector))
    (loop $next
      (local.set $low
        (v128.and (v128.load (local.get $at)) (v128.const i32x4 0x7fffffff 0x7fffffff 0x7fffffff 0x7fffffff)))
      (local.set $high
        (v128.and
          (v128.load offset=16 (local.get $at))
          (v128.const i32x4 0x7fffffff 0x7fffffff 0x7fffffff 0x7fffffff)))
      (local.set $greatest (i32x4.max_s (local.get $greatest) (i32x4.max_s (local.get $low) (local.get $high))))
      (br_if $next
        (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 32))) (local.get $end))))
    (local.set $greatest
      (i32x4.max_s
        (local.get $greatest)
        (i8x16.shuffle 8 9 10 11 12 13 14 15 0 1 2 3 4 5 6 7 (local.get $greatest) (local.get $greatest))))
    (local.set $greatest
      (i32x4.max_s
        (local.get $greatest)
        (i8x16.shuffle 4 5 6 7 0 1 2 3 12 13 14 15 8 9 10 11 (local.get $greatest) (local.get $greatest))))
    (local.set $most (i32x4.extract_lane 0 (local.get $greatest)))
    ;; Infinity, and above it everything that is no number.
    (if (i32.ge_s (local.get $most) (i32.const 0x7f800000)) (then (return (i32.const 1))))

    ;; A vector of zeros: integers of zero, and an error of minus infinity.
    (if (i32.eqz (local.get $most))
      (then
        (memory.fill (local.get $row) (i32.const 0) (local.get $width))
        (f32.store (i32.add (local.get $row) (local.get $width)) (f32.const 0))
        (f32.store offset=4 (i32.add (local.get $row) (local.get $width)) (f32.const -inf))
        (return (i32.const 0))))

    ;; Below 2^-60: multiplied by 2^80, so that 127 divided by the greatest is a float32.
    (if (i32.lt_s (local.get $most) (i32.const 0x21800000))
      (then
        (local.set $greatest (f32x4.mul (local.get $greatest) (f32x4.splat (f32.const 0x1p+80))))
        (local.set $at (local.get $vector))
        (loop $next
          (v128.store (local.get $at)
            (f32x4.mul (v128.load (local.get $at)) (f32x4.splat (f32.const 0x1p+80))))
          (br_if $next
            (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $end))))))
    (local.set $steps
      (f32x4.splat
        (f32.demote_f64
          (f64.div (f64.const 127) (f64.promote_f32 (f32x4.extract_lane 0 (local.get $greatest)))))))

    ;; The integers, to the nearest: around 1.5 * 2^23 float32 holds nothing else, and its lowest byte is the integer.
    ;; With them the sums of their squares, of the squares of what they leave out, and of its products with them.
    (local.set $integers (local.get $row))
    (local.set $at (local.get $vector))
    (loop $next
      (local.set $low (f32x4.mul (v128.load (local.get $at)) (local.get $steps)))
      (local.set $high (f32x4.mul (v128.load offset=16 (local.get $at)) (local.get $steps)))
      (local.set $lowRound
        (f32x4.add (local.get $low) (v128.const f32x4 12582912 12582912 12582912 12582912)))
      (local.set $highRound
        (f32x4.add (local.get $high) (v128.const f32x4 12582912 12582912 12582912 12582912)))
      (local.set $values
        (i8x16.shuffle 0 4 8 12 16 20 24 28 0 4 8 12 16 20 24 28
          (local.get $lowRound) (local.get $highRound)))
      (v128.store64_lane 0 (local.get $integers) (local.get $values))
      (local.set $values (i16x8.extend_low_i8x16_s (local.get $values)))
      (local.set $integerSums
        (i32x4.add (local.get $integerSums) (i32x4.dot_i16x8_s (local.get $values) (local.get $values))))
      (local.set $lowRound
        (f32x4.sub (local.get $lowRound) (v128.const f32x4 12582912 12582912 12582912 12582912)))
      (local.set $highRound
        (f32x4.sub (local.get $highRound) (v128.const f32x4 12582912 12582912 12582912 12582912)))
      (local.set $low (f32x4.sub (local.get $low) (local.get $lowRound)))
      (local.set $high (f32x4.sub (local.get $high) (local.get $highRound)))
      (local.set $values
        (f32x4.add
          (f32x4.mul (local.get $low) (local.get $low))
          (f32x4.mul (local.get $high) (local.get $high))))
      (local.set $sumLow (f64x2.add (local.get $sumLow) (f64x2.promote_low_f32x4 (local.get $values))))
      (local.set $sumHigh
        (f64x2.add
          (local.get $sumHigh)
          (f64x2.promote_low_f32x4
            (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15
              (local.get $values) (local.get $values)))))
      (local.set $values
        (f32x4.add
          (f32x4.mul (local.get $low) (local.get $lowRound))
          (f32x4.mul (local.get $high) (local.get $highRound))))
      (local.set $productLow
        (f64x2.add (local.get $productLow) (f64x2.promote_low_f32x4 (local.get $values))))
      (local.set $productHigh
        (f64x2.add
          (local.get $productHigh)
          (f64x2.promote_low_f32x4
            (i8x16.shuffle 8 9 10 11 12 13 14 15 8 9 10 11 12 13 14 15
              (local.get $values) (local.get $values)))))
      (local.set $integers (i32.add (local.get $integers) (i32.const 8)))
      (br_if $next
        (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 32))) (local.get $end))))
    (local.set $squares (call $total (local.get $sumLow) (local.get $sumHigh)))
    (local.set $products (call $total (local.get $productLow) (local.get $productHigh)))
    (local.set $integerSquares
      (f64.convert_i32_s
        (i32.add
          (i32.add (i32x4.extract_lane 0 (local.get $integerSums)) (i32x4.extract_lane 1 (local.get $integerSums)))
          (i32.add
            (i32x4.extract_lane 2 (local.get $integerSums))
            (i32x4.extract_lane 3 (local.get $integerSums))))))

    ;; The multiple of the integers that lies closest to the vector, and how far that is.
    (local.set $length
      (f64.sqrt
        (f64.add
          (local.get $integerSquares)
          (f64.add (f64.mul (f64.const 2) (local.get $products)) (local.get $squares)))))
    (local.set $scale
      (f32.demote_f64
        (f64.div
          (f64.div (f64.add (local.get $integerSquares) (local.get $products)) (local.get $integerSquares))
          (local.get $length))))
    (local.set $missing
      (f64.sub (f64.const 1) (f64.mul (f64.promote_f32 (local.get $scale)) (local.get $length))))
    (f32.store (local.get $integers) (local.get $scale))
    ;; 2^-20 is more than all rounding.
    (f32.store offset=4 (local.get $integers)
      (f32.demote_f64
        (f64.mul
          (f64.div
            (f64.sqrt
              (f64.add
                (f64.max
                  (f64.const 0)
                  (f64.add
                    (local.get $squares)
                    (f64.mul
                      (local.get $missing)
                      (f64.add
                        (f64.mul (f64.const 2) (local.get $products))
                        (f64.mul (local.get $missing) (local.get $integerSquares))))))
                (f64.mul (f64.const 0x1p-20) (local.get $squares))))
            (local.get $length))
          (f64.const 0x1.00001p+0))))
    (i32.const 0))

  (func $total (param $low v128) (param $high v128) (result f64)
    (local.set $low (f64x2.add (local.get $low) (local.get $high)))
    (f64.add (f64x2.extract_lane 0 (local.get $low)) (f64x2.extract_lane 1 (local.get $low)))))
