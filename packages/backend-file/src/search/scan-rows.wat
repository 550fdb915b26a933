;; Scans int8 rows in shared memory for those whose score can reach a threshold. docs/exact-search.md has the layout of
;; a row, the bound, and why no sum overflows; scan-rows.ts does the same in TypeScript, bit for bit.
(module
  (import "scan" "memory" (memory 1 65536 shared))

  ;; All addresses are in bytes. `width` is the number of int8 values of a row, a multiple of 16 and not 0; its scale and
  ;; its error follow as float32. `segments` are pairs (from, to) of row numbers, `to` left out.
  ;; Writes to `out` as i32: how many rows were found, how many have a direction, then a pair (row, dot) for each found.
  (func (export "scan")
    (param $query i32) (param $width i32) (param $rows i32)
    (param $segments i32) (param $segmentCount i32)
    (param $tau f64) (param $cut f64) (param $out i32)
    (local $segmentsEnd i32) (local $stride i32) (local $number i32) (local $to i32)
    (local $row i32) (local $rowBehind i32) (local $head i32) (local $queryAt i32)
    (local $even v128) (local $odd v128) (local $dot i32) (local $error f32)
    (local $found i32) (local $compared i32)
    (local $half i32) (local $across i32) (local $until i32) (local $queryPart v128)
    (local $evenBehind v128) (local $oddBehind v128)
    (local $foundBehind i32) (local $foundBehindAt i32)

    (local.set $found (i32.add (local.get $out) (i32.const 8)))
    (local.set $stride (i32.add (local.get $width) (i32.const 8)))
    (local.set $segmentsEnd
      (i32.add (local.get $segments) (i32.mul (local.get $segmentCount) (i32.const 8))))
    (block $lastSegment
      (loop $nextSegment
        (br_if $lastSegment (i32.ge_u (local.get $segments) (local.get $segmentsEnd)))
        (local.set $number (i32.load (local.get $segments)))
        (local.set $to (i32.load offset=4 (local.get $segments)))
        (local.set $segments (i32.add (local.get $segments) (i32.const 8)))
        (br_if $nextSegment (i32.ge_u (local.get $number) (local.get $to)))
        (local.set $row
          (i32.add (local.get $rows) (i32.mul (local.get $number) (local.get $stride))))
        ;; A long segment is gone through in two halves at once: a processor waits for memory less when it reads in two
        ;; places, and each part of the query is loaded for two rows. What the half behind finds is written behind all that
        ;; the half before can find, and moved up at the end.
        (local.set $half (i32.shr_u (i32.sub (local.get $to) (local.get $number)) (i32.const 1)))
        (if (i32.ge_u (local.get $half) (i32.const 64))
          (then
            (local.set $across (i32.mul (local.get $half) (local.get $stride)))
            (local.set $until (i32.add (local.get $number) (local.get $half)))
            (local.set $foundBehindAt
              (i32.add (local.get $found) (i32.mul (local.get $half) (i32.const 8))))
            (local.set $foundBehind (local.get $foundBehindAt))
            (loop $nextPair
              (local.set $head (i32.add (local.get $row) (local.get $width)))
              (local.set $rowBehind (i32.add (local.get $row) (local.get $across)))
              (local.set $queryAt (local.get $query))
              (local.set $even (v128.const i32x4 0 0 0 0))
              (local.set $odd (v128.const i32x4 0 0 0 0))
              (local.set $evenBehind (v128.const i32x4 0 0 0 0))
              (local.set $oddBehind (v128.const i32x4 0 0 0 0))
              (loop $nextColumnsOfPair
                (local.set $queryPart (v128.load (local.get $queryAt)))
                (local.set $even
                  (i32x4.add (local.get $even)
                    (i32x4.dot_i16x8_s (v128.load8x8_s (local.get $row)) (local.get $queryPart))))
                (local.set $evenBehind
                  (i32x4.add (local.get $evenBehind)
                    (i32x4.dot_i16x8_s (v128.load8x8_s (local.get $rowBehind)) (local.get $queryPart))))
                (local.set $queryPart (v128.load offset=16 (local.get $queryAt)))
                (local.set $odd
                  (i32x4.add (local.get $odd)
                    (i32x4.dot_i16x8_s (v128.load8x8_s offset=8 (local.get $row)) (local.get $queryPart))))
                (local.set $oddBehind
                  (i32x4.add (local.get $oddBehind)
                    (i32x4.dot_i16x8_s (v128.load8x8_s offset=8 (local.get $rowBehind)) (local.get $queryPart))))
                (local.set $queryAt (i32.add (local.get $queryAt) (i32.const 32)))
                (local.set $rowBehind (i32.add (local.get $rowBehind) (i32.const 16)))
                (br_if $nextColumnsOfPair
                  (i32.lt_u
                    (local.tee $row (i32.add (local.get $row) (i32.const 16)))
                    (local.get $head))))
            (local.set $even (i32x4.add (local.get $even) (local.get $odd)))
            (local.set $dot
              (i32.add
                (i32.add (i32x4.extract_lane 0 (local.get $even)) (i32x4.extract_lane 1 (local.get $even)))
                (i32.add (i32x4.extract_lane 2 (local.get $even)) (i32x4.extract_lane 3 (local.get $even)))))
            (local.set $error (f32.load offset=4 (local.get $head)))
            (local.set $compared
              (i32.add (local.get $compared) (f32.ge (local.get $error) (f32.const 0))))
            (if
              (f64.ge
                (f64.add
                  (f64.mul
                    (f64.convert_i32_s (local.get $dot))
                    (f64.mul (f64.promote_f32 (f32.load (local.get $head))) (local.get $tau)))
                  (f64.promote_f32 (local.get $error)))
                (local.get $cut))
              (then
                (i32.store (local.get $found) (local.get $number))
                (i32.store offset=4 (local.get $found) (local.get $dot))
                (local.set $found (i32.add (local.get $found) (i32.const 8)))))
            (local.set $evenBehind (i32x4.add (local.get $evenBehind) (local.get $oddBehind)))
            (local.set $dot
              (i32.add
                (i32.add (i32x4.extract_lane 0 (local.get $evenBehind)) (i32x4.extract_lane 1 (local.get $evenBehind)))
                (i32.add (i32x4.extract_lane 2 (local.get $evenBehind)) (i32x4.extract_lane 3 (local.get $evenBehind)))))
            (local.set $error (f32.load offset=4 (local.get $rowBehind)))
            (local.set $compared
              (i32.add (local.get $compared) (f32.ge (local.get $error) (f32.const 0))))
            (if
              (f64.ge
                (f64.add
                  (f64.mul
                    (f64.convert_i32_s (local.get $dot))
                    (f64.mul (f64.promote_f32 (f32.load (local.get $rowBehind))) (local.get $tau)))
                  (f64.promote_f32 (local.get $error)))
                (local.get $cut))
              (then
                (i32.store (local.get $foundBehind) (i32.add (local.get $number) (local.get $half)))
                (i32.store offset=4 (local.get $foundBehind) (local.get $dot))
                (local.set $foundBehind (i32.add (local.get $foundBehind) (i32.const 8)))))
              (local.set $row (i32.add (local.get $head) (i32.const 8)))
              (br_if $nextPair
                (i32.lt_u
                  (local.tee $number (i32.add (local.get $number) (i32.const 1)))
                  (local.get $until))))
            (local.set $foundBehind (i32.sub (local.get $foundBehind) (local.get $foundBehindAt)))
            (memory.copy (local.get $found) (local.get $foundBehindAt) (local.get $foundBehind))
            (local.set $found (i32.add (local.get $found) (local.get $foundBehind)))
            ;; At most one row is left.
            (local.set $number (i32.add (local.get $number) (local.get $half)))
            (local.set $row (i32.add (local.get $row) (local.get $across)))
            (br_if $nextSegment (i32.ge_u (local.get $number) (local.get $to)))))
        (loop $nextRow
          (local.set $head (i32.add (local.get $row) (local.get $width)))
          (local.set $queryAt (local.get $query))
          (local.set $even (v128.const i32x4 0 0 0 0))
          (local.set $odd (v128.const i32x4 0 0 0 0))
          ;; Sixteen columns a turn, in two sums so that the additions overlap.
          (loop $nextColumns
            (local.set $even
              (i32x4.add (local.get $even)
                (i32x4.dot_i16x8_s
                  (v128.load8x8_s (local.get $row))
                  (v128.load (local.get $queryAt)))))
            (local.set $odd
              (i32x4.add (local.get $odd)
                (i32x4.dot_i16x8_s
                  (v128.load8x8_s offset=8 (local.get $row))
                  (v128.load offset=16 (local.get $queryAt)))))
            (local.set $queryAt (i32.add (local.get $queryAt) (i32.const 32)))
            (br_if $nextColumns
              (i32.lt_u
                (local.tee $row (i32.add (local.get $row) (i32.const 16)))
                (local.get $head))))
          (local.set $even (i32x4.add (local.get $even) (local.get $odd)))
          (local.set $dot
            (i32.add
              (i32.add (i32x4.extract_lane 0 (local.get $even)) (i32x4.extract_lane 1 (local.get $even)))
              (i32.add (i32x4.extract_lane 2 (local.get $even)) (i32x4.extract_lane 3 (local.get $even)))))
          (local.set $error (f32.load offset=4 (local.get $head)))
          (local.set $compared
            (i32.add (local.get $compared) (f32.ge (local.get $error) (f32.const 0))))
          (if
            (f64.ge
              (f64.add
                (f64.mul
                  (f64.convert_i32_s (local.get $dot))
                  (f64.mul (f64.promote_f32 (f32.load (local.get $head))) (local.get $tau)))
                (f64.promote_f32 (local.get $error)))
              (local.get $cut))
            (then
              (i32.store (local.get $found) (local.get $number))
              (i32.store offset=4 (local.get $found) (local.get $dot))
              (local.set $found (i32.add (local.get $found) (i32.const 8)))))
          (local.set $row (i32.add (local.get $head) (i32.const 8)))
          (br_if $nextRow
            (i32.lt_u
              (local.tee $number (i32.add (local.get $number) (i32.const 1)))
              (local.get $to))))
        (br $nextSegment)))
    (i32.store (local.get $out)
      (i32.shr_u (i32.sub (i32.sub (local.get $found) (local.get $out)) (i32.const 8)) (i32.const 3)))
    (i32.store offset=4 (local.get $out) (local.get $compared))))
