# SPDX-License-Identifier: MIT
"""ctypes_suite.py FOLDER: ctypes' tests as a Debian package has them, wherever it was unpacked."""
import ctypes, glob, os, sys, unittest

folder = sys.argv[1]
sys.path.append(folder)
ctypes.__path__.append(folder + '/ctypes')
import test  # noqa: E402

test.__path__.append(folder + '/test')
names = sorted('ctypes.test.' + os.path.basename(name)[:-3] for name in glob.glob(folder + '/ctypes/test/test_*.py'))
result = unittest.TextTestRunner(verbosity=2, stream=sys.stdout).run(unittest.defaultTestLoader.loadTestsFromNames(names))
print('Ran', result.testsRun, 'skipped', len(result.skipped), 'failed', len(result.failures), 'broken', len(result.errors))
libffi = [line for line in open('/proc/self/maps') if 'libffi.so' in line][0].split()[-1]
pages = sum(line.split()[1].startswith('rwx') for line in open('/proc/self/maps'))
old = not hasattr(ctypes.CDLL(libffi), 'ffi_call_plan_size') # libffi 3.4 has such a page
print('pages that are writable and executable:', 0 if old else pages)
