;; Calls one import again and again: the number of calls is the argument. `nothing` is the loop alone.
(module
  (import "c" "abs" (func $abs (param i32) (result i32)))
  (import "m" "sqrt" (func $sqrt (param f64) (result f64)))
  (import "c" "strlen" (func $strlen (param i32) (result i32)))
  (import "c" "memcmp" (func $memcmp (param i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (data (i32.const 16) "sixteen letters.\00")
  (func (export "nothing") (param $n i32)
    (loop $again (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "abs") (param $n i32)
    (loop $again
      (drop (call $abs (local.get $n)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "sqrt") (param $n i32)
    (loop $again
      (drop (call $sqrt (f64.convert_i32_s (local.get $n))))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "strlen") (param $n i32)
    (loop $again
      (drop (call $strlen (i32.const 16)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1))))))
  (func (export "memcmp") (param $n i32)
    (loop $again
      (drop (call $memcmp (i32.const 16) (i32.const 32) (i32.const 4)))
      (br_if $again (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))))
