;; Reads a few fields of a JSON object, as skim-object.ts does in TypeScript; what that refuses, this does.
;; Behind the last byte there is stands a zero, which no JSON goes on with: so nothing has to look where the end is.
(module
  (import "scan" "memory" (memory 1))

  ;; Address of the names of the fields: bytes of a name, then the name, each at a multiple of 64.
  (global $names (mut i32) (i32.const 0))
  (global $nameCount (mut i32) (i32.const 0))

  (func (export "setNames") (param $names i32) (param $count i32)
    (global.set $names (local.get $names))
    (global.set $nameCount (local.get $count)))

  ;; Addresses are in bytes. `at` is that of the object. For each name the addresses where its value begins and ends are
  ;; written to `out`, both 0 where there is none. Returns the address behind the object, -1 for what has to be parsed.
  (func (export "skim") (param $at i32) (param $out i32) (result i32)
    (local $key i32) (local $name i32) (local $value i32)
    (memory.fill (local.get $out) (i32.const 0) (i32.shl (global.get $nameCount) (i32.const 3)))
    (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x7b)) (then (return (i32.const -1))))
    (local.set $at (call $skipBlank (i32.add (local.get $at) (i32.const 1))))
    (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x7d))
      (then (return (i32.add (local.get $at) (i32.const 1)))))
    (loop $next
      (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x22)) (then (return (i32.const -1))))
      (local.set $key (i32.add (local.get $at) (i32.const 1)))
      (local.set $at (call $skipString (local.get $key)))
      (if (i32.eq (local.get $at) (i32.const -1)) (then (return (i32.const -1))))
      (local.set $name
        (call $findName (local.get $key) (i32.sub (local.get $at) (i32.add (local.get $key) (i32.const 1)))))
      (if (i32.eq (local.get $name) (i32.const -1)) (then (return (i32.const -1))))
      (local.set $at (call $skipBlank (local.get $at)))
      (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x3a)) (then (return (i32.const -1))))
      (local.set $value (call $skipBlank (i32.add (local.get $at) (i32.const 1))))
      (local.set $at (call $skipValue (local.get $value) (i32.const 0)))
      (if (i32.eq (local.get $at) (i32.const -1)) (then (return (i32.const -1))))
      (if (i32.lt_u (local.get $name) (global.get $nameCount))
        (then
          (local.set $name (i32.add (local.get $out) (i32.shl (local.get $name) (i32.const 3))))
          (i32.store (local.get $name) (local.get $value))
          (i32.store offset=4 (local.get $name) (local.get $at))))
      (local.set $at (call $skipBlank (local.get $at)))
      (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x7d))
        (then (return (i32.add (local.get $at) (i32.const 1)))))
      (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x2c)) (then (return (i32.const -1))))
      (local.set $at (call $skipBlank (i32.add (local.get $at) (i32.const 1))))
      (br $next))
    unreachable)

  ;; Number of a key among the names, or how many they are; -1 for a key with an escape, which may be any.
  (func $findName (param $key i32) (param $length i32) (result i32)
    (local $name i32) (local $number i32) (local $at i32)
    (local.set $name (global.get $names))
    (block $none
      (loop $next
        (br_if $none (i32.ge_u (local.get $number) (global.get $nameCount)))
        (block $differs
          (br_if $differs (i32.ne (i32.load (local.get $name)) (local.get $length)))
          (local.set $at (i32.const 0))
          (loop $byte
            (if (i32.ge_u (local.get $at) (local.get $length)) (then (return (local.get $number))))
            (br_if $differs
              (i32.ne
                (i32.load8_u offset=4 (i32.add (local.get $name) (local.get $at)))
                (i32.load8_u (i32.add (local.get $key) (local.get $at)))))
            (local.set $at (i32.add (local.get $at) (i32.const 1)))
            (br $byte)))
        (local.set $name (i32.add (local.get $name) (i32.const 64)))
        (local.set $number (i32.add (local.get $number) (i32.const 1)))
        (br $next)))
    (local.set $at (i32.const 0))
    (block $plain
      (loop $byte
        (br_if $plain (i32.ge_u (local.get $at) (local.get $length)))
        (if (i32.eq (i32.load8_u (i32.add (local.get $key) (local.get $at))) (i32.const 0x5c))
          (then (return (i32.const -1))))
        (local.set $at (i32.add (local.get $at) (i32.const 1)))
        (br $byte)))
    (global.get $nameCount))

  ;; The address behind the value that begins at `at`, which stands in `depth` arrays and objects of the object's; or -1.
  (func $skipValue (param $at i32) (param $depth i32) (result i32)
    (local $first i32)
    (local.set $first (i32.load8_u (local.get $at)))
    (if (i32.eq (local.get $first) (i32.const 0x22))
      (then (return (call $skipString (i32.add (local.get $at) (i32.const 1))))))
    (if
      (i32.or
        (i32.eq (local.get $first) (i32.const 0x2d))
        (i32.lt_u (i32.sub (local.get $first) (i32.const 0x30)) (i32.const 10)))
      (then (return (call $skipNumber (local.get $at)))))
    (if
      (i32.or
        (i32.eq (local.get $first) (i32.const 0x7b))
        (i32.eq (local.get $first) (i32.const 0x5b)))
      (then (return (call $skipNested (local.get $at) (i32.add (local.get $depth) (i32.const 1))))))
    ;; null, true and false, of which the last four letters are compared.
    (if
      (i32.or
        (i32.eq (i32.load (local.get $at)) (i32.const 0x6c6c756e))
        (i32.eq (i32.load (local.get $at)) (i32.const 0x65757274)))
      (then (return (i32.add (local.get $at) (i32.const 4)))))
    (if
      (i32.and
        (i32.eq (local.get $first) (i32.const 0x66))
        (i32.eq (i32.load offset=1 (local.get $at)) (i32.const 0x65736c61)))
      (then (return (i32.add (local.get $at) (i32.const 5)))))
    (i32.const -1))

  (func $skipNested (param $at i32) (param $depth i32) (result i32)
    (local $isObject i32) (local $close i32)
    (if (i32.gt_u (local.get $depth) (i32.const 100)) (then (return (i32.const -1))))
    (local.set $isObject (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x7b)))
    (local.set $close (select (i32.const 0x7d) (i32.const 0x5d) (local.get $isObject)))
    (local.set $at (call $skipBlank (i32.add (local.get $at) (i32.const 1))))
    (if (i32.eq (i32.load8_u (local.get $at)) (local.get $close))
      (then (return (i32.add (local.get $at) (i32.const 1)))))
    (loop $next
      (if (local.get $isObject)
        (then
          (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x22)) (then (return (i32.const -1))))
          (local.set $at (call $skipString (i32.add (local.get $at) (i32.const 1))))
          (if (i32.eq (local.get $at) (i32.const -1)) (then (return (i32.const -1))))
          (local.set $at (call $skipBlank (local.get $at)))
          (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x3a)) (then (return (i32.const -1))))
          (local.set $at (call $skipBlank (i32.add (local.get $at) (i32.const 1))))))
      (local.set $at (call $skipValue (local.get $at) (local.get $depth)))
      (if (i32.eq (local.get $at) (i32.const -1)) (then (return (i32.const -1))))
      (local.set $at (call $skipBlank (local.get $at)))
      (if (i32.eq (i32.load8_u (local.get $at)) (local.get $close))
        (then (return (i32.add (local.get $at) (i32.const 1)))))
      (if (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x2c)) (then (return (i32.const -1))))
      (local.set $at (call $skipBlank (i32.add (local.get $at) (i32.const 1))))
      (br $next))
    unreachable)

  ;; `at` is behind the first quote. Returns the address behind the last one.
  (func $skipString (param $at i32) (result i32)
    (local $bytes v128) (local $special i32) (local $byte i32) (local $hex i32)
    (loop $next
      (local.set $bytes (v128.load (local.get $at)))
      ;; As signed numbers, those past ASCII are below the blank too.
      (local.set $special
        (i8x16.bitmask
          (v128.or
            (i8x16.lt_s (local.get $bytes) (i8x16.splat (i32.const 0x20)))
            (v128.or
              (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x22)))
              (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x5c)))))))
      (if (i32.eqz (local.get $special))
        (then
          (local.set $at (i32.add (local.get $at) (i32.const 16)))
          (br $next)))
      (local.set $at (i32.add (local.get $at) (i32.ctz (local.get $special))))
      (local.set $byte (i32.load8_u (local.get $at)))
      (if (i32.eq (local.get $byte) (i32.const 0x22))
        (then (return (i32.add (local.get $at) (i32.const 1)))))
      (if (i32.ne (local.get $byte) (i32.const 0x5c)) (then (return (i32.const -1))))

      ;; An escape: one of "\/bfnrt, or u and four hexadecimal digits.
      (local.set $byte (i32.load8_u offset=1 (local.get $at)))
      (local.set $at (i32.add (local.get $at) (i32.const 2)))
      (br_if $next
        (i32.or
          (i32.or
            (i32.or (i32.eq (local.get $byte) (i32.const 0x22)) (i32.eq (local.get $byte) (i32.const 0x5c)))
            (i32.or (i32.eq (local.get $byte) (i32.const 0x2f)) (i32.eq (local.get $byte) (i32.const 0x62))))
          (i32.or
            (i32.or (i32.eq (local.get $byte) (i32.const 0x66)) (i32.eq (local.get $byte) (i32.const 0x6e)))
            (i32.or (i32.eq (local.get $byte) (i32.const 0x72)) (i32.eq (local.get $byte) (i32.const 0x74))))))
      (if (i32.ne (local.get $byte) (i32.const 0x75)) (then (return (i32.const -1))))
      (local.set $hex (i32.const 0))
      (loop $digit
        (local.set $byte (i32.load8_u (i32.add (local.get $at) (local.get $hex))))
        (if
          (i32.and
            (i32.gt_u (i32.sub (local.get $byte) (i32.const 0x30)) (i32.const 9))
            ;; Without the bit that makes a letter small.
            (i32.gt_u
              (i32.sub (i32.and (local.get $byte) (i32.const 0xdf)) (i32.const 0x41))
              (i32.const 5)))
          (then (return (i32.const -1))))
        (br_if $digit
          (i32.lt_u (local.tee $hex (i32.add (local.get $hex) (i32.const 1))) (i32.const 4))))
      (local.set $at (i32.add (local.get $at) (i32.const 4)))
      (br $next))
    unreachable)

  (func $skipNumber (param $at i32) (result i32)
    (local $first i32) (local $byte i32)
    (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x2d))
      (then (local.set $at (i32.add (local.get $at) (i32.const 1)))))
    (local.set $first (local.get $at))
    (local.set $at (call $skipDigits (local.get $at)))
    (if (i32.eq (local.get $at) (local.get $first)) (then (return (i32.const -1))))
    (if
      (i32.and
        (i32.eq (i32.load8_u (local.get $first)) (i32.const 0x30))
        (i32.gt_u (local.get $at) (i32.add (local.get $first) (i32.const 1))))
      (then (return (i32.const -1))))
    (if (i32.eq (i32.load8_u (local.get $at)) (i32.const 0x2e))
      (then
        (local.set $first (i32.add (local.get $at) (i32.const 1)))
        (local.set $at (call $skipDigits (local.get $first)))
        (if (i32.eq (local.get $at) (local.get $first)) (then (return (i32.const -1))))))
    (if (i32.ne (i32.or (i32.load8_u (local.get $at)) (i32.const 0x20)) (i32.const 0x65))
      (then (return (local.get $at))))
    (local.set $at (i32.add (local.get $at) (i32.const 1)))
    (local.set $byte (i32.load8_u (local.get $at)))
    (if
      (i32.or
        (i32.eq (local.get $byte) (i32.const 0x2d))
        (i32.eq (local.get $byte) (i32.const 0x2b)))
      (then (local.set $at (i32.add (local.get $at) (i32.const 1)))))
    (local.set $first (local.get $at))
    (local.set $at (call $skipDigits (local.get $at)))
    (select (i32.const -1) (local.get $at) (i32.eq (local.get $at) (local.get $first))))

  (func $skipDigits (param $at i32) (result i32)
    (loop $next
      (if (i32.lt_u (i32.sub (i32.load8_u (local.get $at)) (i32.const 0x30)) (i32.const 10))
        (then
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $next))))
    (local.get $at))

  (func $skipBlank (param $at i32) (result i32)
    (local $byte i32)
    (loop $next
      (local.set $byte (i32.load8_u (local.get $at)))
      (if
        (i32.or
          (i32.or (i32.eq (local.get $byte) (i32.const 0x20)) (i32.eq (local.get $byte) (i32.const 0x0a)))
          (i32.or (i32.eq (local.get $byte) (i32.const 0x0d)) (i32.eq (local.get $byte) (i32.const 0x09))))
        (then
          (local.set $at (i32.add (local.get $at) (i32.const 1)))
          (br $next))))
    (local.get $at)))
