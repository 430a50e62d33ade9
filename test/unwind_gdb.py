# SPDX-License-Identifier: MIT
#
# Run by gdb (t_unwind.sh) on `unwind observe`, which makes a call of each kind to `observed`. Each call is
# stepped from the stub's first instruction to its return, and at every one gdb must find the caller, make_call,
# with the preserved registers and the stack pointer that it had, and main behind it. Speaks TAP.

import gdb

PRESERVED = ["rip", "rsp", "rbx", "rbp", "r12", "r13", "r14", "r15"]


def registers(frame):
    return {name: int(frame.read_register(name)) & (2**64 - 1) for name in PRESERVED}


def frames():
    """From the newest outwards, without those that are inlined."""
    frame, depth = gdb.newest_frame(), 0
    while frame is not None and depth < 40:
        if frame.type() != gdb.INLINE_FRAME:
            yield frame
        frame, depth = frame.older(), depth + 1


def step_over_call():
    """Steps from make_call's call to its return: the steps, how many of them inside `observed`, and a fault."""
    wanted, steps, inside = None, 0, 0
    while steps < 5000:
        gdb.execute("stepi", to_string=True)
        found = {frame.name(): frame for frame in frames()}
        newest = next(iter(found))
        if newest == "make_call":
            if wanted is None:
                continue
            return steps, inside, None
        if "make_call" not in found or "main" not in found:
            return steps, inside, "step %d: only %s" % (steps, list(found))
        wanted = wanted or registers(found["make_call"])
        if registers(found["make_call"]) != wanted:
            return steps, inside, "step %d, %s: a register is lost" % (steps, list(found))
        steps += 1
        inside += newest == "observed"
    return steps, inside, "it does not return"


def main():
    gdb.execute("set pagination off")
    gdb.execute("set debuginfod enabled off")
    gdb.execute("set environment LD_BIND_NOW 1")
    try:
        gdb.execute("break make_call", to_string=True)
        gdb.execute("run observe", to_string=True)
    except gdb.error as error:
        print("1..0 # SKIP gdb cannot run a program here: %s" % error)
        return
    number = 0
    while gdb.selected_inferior().pid:
        steps, inside, fault = step_over_call()
        number += 1
        good = fault is None and inside > 0 and steps > 3
        print("%s %d - call %d: the caller is found at each of %d steps"
              % ("ok" if good else "not ok", number, number, steps))
        if not good:
            print("#   %s" % (fault or "%d of the steps were in the callee" % inside))
            break
        gdb.execute("continue", to_string=True)
    ended = str(gdb.parse_and_eval("$_exitcode"))
    print("%s %d - the program ends well" % ("ok" if ended == "0" else "not ok", number + 1))
    print("1..%d" % (number + 1))


main()
