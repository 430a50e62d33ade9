# SPDX-License-Identifier: MIT
#
# `make bench-ctypes`: the instructions of whole calls by Python's ctypes, with the machine's libffi and with libffi.so.8.
# Each library runs two numbers of calls under valgrind; the difference has the calls alone. qsort calls back 384 times.
#
#     python3 bench/python_ctypes.py LIBFFI.so.8...
import ctypes
import os
import re
import shutil
import subprocess
import sys
import tempfile


def function(library, name, result, *arguments):
    made = getattr(ctypes.CDLL(library), name)
    made.restype, made.argtypes = result, arguments
    return made


class Division(ctypes.Structure):
    _fields_ = [('quot', ctypes.c_int), ('rem', ctypes.c_int)]


def qsort(pointer):
    integers = ctypes.c_int * 64
    order = ctypes.CFUNCTYPE(ctypes.c_int, pointer, pointer)
    return function(None, 'qsort', None, integers, ctypes.c_size_t, ctypes.c_size_t, order), integers(), order(lambda a, b: 0)


# What is called, with constants as arguments; and what it needs.
CALLS = {
    'abs': ('f(-5)', lambda: [function(None, 'abs', ctypes.c_int, ctypes.c_int)]),
    'pow': ('f(2.0, 10.0)', lambda: [function('libm.so.6', 'pow', ctypes.c_double, ctypes.c_double, ctypes.c_double)]),
    'div': ('f(17, 5)', lambda: [function(None, 'div', Division, ctypes.c_int, ctypes.c_int)]),
    'memchr': ('f(b"hello, world", 119, 12)', lambda: [function(None, 'memchr', ctypes.c_void_p, ctypes.c_char_p, ctypes.c_int,
                                                                ctypes.c_size_t)]),
    'qsort': ('f(a, 64, 4, b)', lambda: qsort(ctypes.c_void_p)),
    'qsort, POINTER': ('f(a, 64, 4, b)', lambda: qsort(ctypes.POINTER(ctypes.c_int))), # makes 768 Python objects
}


def call(name, count):
    text, make = CALLS[name]
    scope = {}
    exec('def run(count, f, a=None, b=None):\n for _ in range(count): ' + text, scope)
    scope['run'](count, *make())


def counted(library, name, count):
    with tempfile.TemporaryDirectory() as folder:
        os.symlink(os.path.realpath(library), folder + '/libffi.so.8')
        env = dict(os.environ, LD_LIBRARY_PATH=folder, PYTHONHASHSEED='0')
        said = subprocess.run(['valgrind', '--tool=callgrind', '--callgrind-out-file=/dev/null', sys.executable, '-S', __file__,
                               '--call', name, str(count)], env=env, stderr=subprocess.PIPE, text=True, check=True).stderr
    return int(re.search(r'Collected : (\d+)', said).group(1))


def main(libraries):
    if not shutil.which('valgrind'):
        sys.exit('bench-ctypes: valgrind is not installed')
    print('%-16s' % 'call', *('%16s' % os.path.basename(os.path.realpath(library)) for library in libraries), '    less')
    for name in CALLS:
        few, many = (100, 300) if name.startswith('qsort') else (2000, 6000)
        each = [(counted(library, name, many) - counted(library, name, few)) / (many - few) for library in libraries]
        print('%-16s' % name, *('%16.0f' % count for count in each), '%6.1f %%' % (100 - 100 * each[-1] / each[0]), flush=True)


if sys.argv[1:2] == ['--call']:
    call(sys.argv[2], int(sys.argv[3]))
else:
    main(sys.argv[1:])
