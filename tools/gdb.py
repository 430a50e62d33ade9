# SPDX-License-Identifier: MIT
"""For gdb: `source tools/gdb.py`, then `ffi-plan FUNCTION` draws the plan of a function.

FUNCTION is an expression: an ffi_function *, or a struct plan *. The library needs its debugging information. Nothing is
called in the program, so that it works on a core file too.
"""
import gdb


def string(value):
    return value.string() if int(value) else "?"


def strings(array, index):
    return string(array[index])


def enumerator(kind, value):
    """The name of an enum's constant, without its prefix."""
    for field in gdb.lookup_type("enum " + kind).fields():
        if field.enumval == int(value):
            return field.name.split("_", 1)[1].lower()
    return str(int(value))


def symbol(address):
    """The name of the code at an address; a union of functions is as good."""
    if address.type.strip_typedefs().code == gdb.TYPE_CODE_UNION:
        address = address[address.type.strip_typedefs().fields()[0].name]
    if not int(address):
        return "none"
    return gdb.execute("info symbol %d" % int(address), to_string=True).split(" in section")[0].strip()


def location(abi, move, registers):
    where, index = enumerator("location", move["location"]), int(move["index"])
    if where == "stack":
        return "[sp+%d]" % index
    if where == "x87":
        return "st%d" % index
    return strings(abi[registers[where]], index)


def what(move):
    op = enumerator("move_op", move["op"])
    return op if op not in ("bytes", "copy") else "%s %d+%d" % (op, int(move["from"]), int(move["size"]))


def draw(plan):
    abi, signature = plan["abi"].dereference(), plan["signature"].dereference()
    by_steps = "steps" if int(plan["chain"]) else "one stub"
    feed = by_steps if int(plan["discarding"]) else enumerator("feed", plan["feed"])
    yield "%s, by %s" % (string(abi["convention"]["name"]), feed)
    for i in range(int(plan["nmoves"]) + int(plan["nrepeats"])):
        move = plan["moves"][i]
        yield "  arg %-4d %-12s -> %s" % (int(move["arg"]), what(move),
                                         location(abi, move, {"gpr": "gpr", "fpr": "fpr"}))
    if int(plan["sret"]):
        yield "  result   in memory, address in %s" % strings(abi["gpr"], int(plan["result_gpr"]))
    for i in range(int(plan["nresults"])):
        move = plan["results"][i]
        yield "  result   %-12s <- %s" % (what(move),
                                         location(abi, move, {"gpr": "gpr_results", "fpr": "fpr_results"}))
    if int(plan["nstack"]):
        yield "  stack    %d bytes" % (8 * int(plan["nstack"]))
    for name in ("stub", "register_stub", "pointers", "image_stub"):
        yield "  %-13s %s" % (name, symbol(plan[name]))


class FfiPlan(gdb.Command):
    """ffi-plan FUNCTION: draw the plan of an ffi_function *, or of a struct plan *."""

    def __init__(self):
        super().__init__("ffi-plan", gdb.COMMAND_DATA, gdb.COMPLETE_EXPRESSION)

    def invoke(self, argument, from_tty):
        if not argument:
            raise gdb.GdbError("ffi-plan needs a function")
        try:
            self.show(argument)
        except gdb.error as error:  # an unknown name, memory that cannot be read, no debugging information
            raise gdb.GdbError(str(error))

    @staticmethod
    def show(argument):
        value = gdb.parse_and_eval(argument)
        kind = str(value.type.strip_typedefs().unqualified())
        known = [name for name in ("struct plan", "ffi_function", "struct function") if name in kind]
        if not known or not kind.endswith("*"):
            raise gdb.GdbError("%s is of type %s, not an ffi_function *" % (argument, value.type))
        if not int(value):
            raise gdb.GdbError("%s is NULL" % argument)
        if known[0] != "struct plan":
            function = value.cast(gdb.lookup_type("struct function").pointer())
            if not int(function["address"]):
                print("this function was freed")
            value = function["plan"]
        for line in draw(value.dereference()):
            print(line)


FfiPlan()
