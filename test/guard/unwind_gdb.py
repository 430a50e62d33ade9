# SPDX-License-Identifier: MIT
#
# Run by gdb (t_unwind.sh) on `unwind observe`, which makes a call of each kind to `observed`. Each call is
# stepped from the stub's first instruction to its return, and at every one gdb must find the caller, make_call,
# with the preserved registers and the stack pointer that it had, and main behind it. A callback's code, which has
# no name of its own, is among the steps; from `observed` its entry must be seen by name. Speaks TAP.

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
    """Steps from make_call's call to its return: the steps, how many of them inside `observed`, a fault, the entry of
    a callback, and the steps in its trampoline."""
    wanted, steps, inside, entry, nameless = None, 0, 0, None, 0
    while steps < 5000:
        gdb.execute("stepi", to_string=True)
        found = {frame.name(): frame for frame in frames()}
        newest = next(iter(found))
        nameless += newest is None
        if newest == "observed":
            entry = entry or next((name for name in found if name and name.startswith("sysv_entry_")), None)
        if newest == "make_call":
            if wanted is None:
                continue
            return steps, inside, None, entry, nameless
        if "make_call" not in found or "main" not in found:
            return steps, inside, "step %d: only %s" % (steps, list(found)), entry, nameless
        wanted = wanted or registers(found["make_call"])
        if registers(found["make_call"]) != wanted:
            return steps, inside, "step %d, %s: a register is lost" % (steps, list(found)), entry, nameless
        steps += 1
        inside += newest == "observed"
    return steps, inside, "it does not return", entry, nameless


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
    number, entries = 0, set()
    while gdb.selected_inferior().pid:
        steps, inside, fault, entry, nameless = step_over_call()
        number += 1
        if nameless and entry is None:
            fault = fault or "the entry of a callback is not seen"
        if entry and nameless != 3:
            fault = fault or "%d steps in a trampoline" % nameless
        entries.add(entry)
        good = fault is None and inside > 0 and steps > 3
        print("%s %d - call %d: the caller is found at each of %d steps%s"
              % ("ok" if good else "not ok", number, number, steps, ", through " + entry if entry else ""))
        if not good:
            print("#   %s" % (fault or "%d of the steps were in the callee" % inside))
            break
        gdb.execute("continue", to_string=True)
    ended = str(gdb.parse_and_eval("$_exitcode"))
    print("%s %d - the program ends well" % ("ok" if ended == "0" else "not ok", number + 1))
    print("%s %d - entries of callbacks: %s" % ("ok" if len(entries) > 8 else "not ok", number + 2,
                                                sorted(filter(None, entries))))
    print("1..%d" % (number + 2))


main()
