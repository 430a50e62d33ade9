#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""clients.py BUILD [CLIENT...]: runs the test-suites of libffi and of programs that use it with the machine's library and
with ours, and compares each line of their results. Speaks TAP. What is not installed is skipped with its reason; sources
come by `apt-get source` into build/libffi, from the archive that apt is set up with, without touching apt's own state.
LIBFFI_SOURCE names another libffi source folder, LIBFFI_REAL another library to compare with, RUNNER and CC those of
another machine, for libffi's own suite alone."""
import concurrent.futures, glob, json, os, re, shlex, shutil, subprocess, sys, tempfile

BUILD = os.path.abspath(sys.argv[1])
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(HERE)))
WORK = os.path.join(BUILD, 'libffi')
SOURCES = os.path.join(os.path.dirname(BUILD), 'libffi')  # not in BUILD, where make looks for *.d
CPU = os.path.basename(BUILD)
RUNNER = shlex.split(os.environ.get('RUNNER', ''))
CC = shlex.split(os.environ.get('CC', 'cc'))
PYTHON = '/usr/bin/python3'


class Skip(Exception):
    pass


def output(command, **more):
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                          errors='replace', text=True, **more).stdout


def real_library():
    named = os.environ.get('LIBFFI_REAL')
    if named:
        return os.path.abspath(named)
    found = re.search(r'libffi\.so\.8 .*=> (.*)', output(['ldconfig', '-p'])) if not RUNNER else None
    if not found:
        raise Skip('there is no libffi.so.8 for this machine; LIBFFI_REAL may name one')
    return found.group(1)


def with_library(library, **more):
    """The environment in which programs load this library, and pages.c tells who maps pages that are writable and executable."""
    env = dict(os.environ, LD_LIBRARY_PATH=os.path.dirname(library), **more)
    if not RUNNER:
        env.update(LD_PRELOAD=os.path.join(WORK, 'pages.so'), PAGES=os.path.join(WORK, 'pages'))
    return env


def pages():
    """How many processes ran since the last time, and who of them asked for such pages; a line if libffi did."""
    if RUNNER:
        return '', []
    with open(os.path.join(WORK, 'pages'), 'a+') as said:
        said.seek(0)
        lines = said.read().splitlines()
        said.truncate(0)
    asked = sorted({os.path.basename(line) for line in lines} - {'process'})
    text = '; %d processes, pages that are writable and executable: %s' % (lines.count('process'), ', '.join(asked) or 'none')
    return text, ['FAIL: %s maps such pages' % name for name in asked if name.startswith('libffi.so')]


def run(command, library, timeout=1800, **env):
    """The output of a program with this library, which has to be the one that it loads."""
    paths = with_library(library, LC_ALL='C.UTF-8', **env)
    cwd = paths.pop('CWD', None)
    if 'PATH_OF_MORE' in paths:
        paths['LD_LIBRARY_PATH'] += ':' + paths.pop('PATH_OF_MORE')
    try:
        return output(command, env=paths, cwd=cwd, timeout=timeout)
    except subprocess.TimeoutExpired as late:
        return 'TIMEOUT\n' + (late.stdout or b'').decode(errors='replace')


def need(*programs):
    for program in programs:
        if not shutil.which(program):
            raise Skip('%s is not installed' % program)


def source(package):
    """The folder of a package's upstream source, fetched if it is not there."""
    folder = os.path.join(SOURCES, package)
    if os.path.isdir(folder):
        return folder
    need('apt-get')
    apt = os.path.join(SOURCES, 'apt')
    for part in ('lists/partial', 'cache/archives/partial', 'parts'):
        os.makedirs(os.path.join(apt, part), exist_ok=True)
    archive = '/usr/share/keyrings/debian-archive-keyring.gpg'
    with open('/etc/os-release') as release:
        suite = re.search(r'^VERSION_CODENAME=(.*)$', release.read(), re.M)
    text = ''.join(open(name).read() for name in glob.glob('/etc/apt/sources.list*') + glob.glob('/etc/apt/sources.list.d/*')
                   if os.path.isfile(name))
    mirror = re.search(r'https?://\S*/debian/?(?=\s)', text)
    if not suite or not mirror or not os.path.exists(archive):
        raise Skip('apt has no Debian archive')
    with open(apt + '/sources.list', 'w') as to:
        to.write('deb-src [signed-by=%s] %s %s main\n' % (archive, mirror.group(0), suite.group(1)))
    with open(apt + '/conf', 'w') as to:
        for name, value in (('Etc::sourcelist', '/sources.list'), ('Etc::sourceparts', '/parts'), ('State::lists', '/lists'),
                            ('Cache', '/cache')):
            to.write('Dir::%s "%s%s";\n' % (name, apt, value))
    env = dict(os.environ, APT_CONFIG=apt + '/conf')
    if not glob.glob(apt + '/lists/*Sources*'):
        output(['apt-get', 'update'], env=env)
    with tempfile.TemporaryDirectory(dir=SOURCES) as place:
        said = output(['apt-get', 'source', '--download-only', package], env=env, cwd=place)
        tars = glob.glob(place + '/*.orig.tar.*')
        tars = [tar for tar in tars if not tar.endswith('.asc')]
        if not tars:
            raise Skip('apt-get source %s: %s' % (package, said.strip().splitlines()[-1]))
        os.makedirs(folder + '.new', exist_ok=True)
        output(['tar', 'xf', tars[0], '-C', folder + '.new', '--strip-components=1'])
    os.rename(folder + '.new', folder)
    return folder


# ---- the clients: each gives the lines of its results with a library ----

def suite_of_libffi(library):
    """Every program of libffi's suite, and those with ABI_NUM for the Windows ABI too: its status, and what it prints."""
    folder = os.environ.get('LIBFFI_SOURCE') or source('libffi')
    tests = sorted(glob.glob(folder + '/testsuite/libffi.*/*.c') + glob.glob(folder + '/testsuite/libffi.*/*.cc'))
    tests = [test for test in tests if 'bhaible' not in test or os.path.basename(test) in ('test-call.c', 'test-callback.c')]
    config = os.path.join(WORK, 'suite' + re.sub(r'\W', '_', os.environ.get('LIBFFI_SOURCE', ''))) # its programs stay
    os.makedirs(config, exist_ok=True)
    with open(config + '/fficonfig.h', 'w') as to:
        to.write('#define HAVE_STDINT_H 1\n#define HAVE_INTTYPES_H 1\n#define HAVE_LONG_DOUBLE 1\n#define STDC_HEADERS 1\n'
                 '#define FFI_HIDDEN __attribute__((visibility("hidden")))\n'
                 '#define FFI_EXEC_STATIC_TRAMP 1\n') # the memory of a closure is not its code
    jobs = []
    for test in tests:
        abis = ['']
        if CPU == 'x86_64' and 'ABI_NUM' in open(test, errors='replace').read():
            abis.append('-DABI_NUM=FFI_GNUW64 -DABI_ATTR=__MSABI__')
        jobs += [(test, abi) for abi in abis]

    def one(job):
        test, abi = job
        name = '%s %s%s' % (os.path.basename(os.path.dirname(test)), os.path.basename(test), ' GNUW64' if abi else '')
        program = os.path.join(config, re.sub(r'\W', '_', name))
        compiler = CC if test.endswith('.c') else [re.sub(r'(gcc|cc)$', 'g++', CC[0]).replace('gg++', 'g++')] + CC[1:]
        if not os.path.exists(program):
            said = output(compiler + ['-w', '-O2'] + abi.split() +
                          ['-I' + ROOT + '/src/libffi', '-I' + ROOT + '/src/libffi/' + CPU, '-I' + config,
                           '-I' + folder + '/include', '-I' + os.path.dirname(test), '-I' + folder + '/testsuite/libffi.call',
                           test, '-o', program, BUILD + '/libffi.so.8', '-lm', '-lpthread'])
            if not os.path.exists(program):
                return name + ': not compiled: ' + said.splitlines()[0]
        env = with_library(library)
        command = RUNNER + ['-E', 'LD_LIBRARY_PATH=' + os.path.dirname(library), program] if RUNNER else [program]
        try:
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=300, env=env,
                                  cwd=config)
        except subprocess.TimeoutExpired:
            return name + ': TIMEOUT'
        said = re.sub(rb'(0x)+[0-9a-f]+', b'0x', done.stdout) if 'bhaible' in test or not done.returncode else b''
        return '%s: %s, %s' % (name, 'PASS' if done.returncode == 0 else 'FAIL %d' % done.returncode,
                               re.sub(r'\s+', ' ', said.decode(errors='replace')))

    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(one, jobs))


def ctypes(library):
    """Debian's libpython3-testsuite; and no page is writable and executable in the end."""
    version = output([PYTHON, '-c', 'import sys; print("%d.%d" % sys.version_info[:2])']).strip()
    folder = '/usr/lib/python' + version
    if not glob.glob(folder + '/ctypes/test/test_*.py'):
        folder = os.path.join(SOURCES, 'ctypes/usr/lib/python' + version)
        if not os.path.isdir(folder):
            need('dpkg-deb', 'apt-get')
            with tempfile.TemporaryDirectory(dir=WORK) as place:
                output(['apt-get', 'download', 'libpython%s-testsuite' % version], cwd=place)
                for deb in glob.glob(place + '/*.deb'):
                    output(['dpkg-deb', '-x', deb, SOURCES + '/ctypes'])
        if not os.path.isdir(folder + '/ctypes/test'):
            raise Skip('libpython%s-testsuite cannot be had' % version)
    return [line for line in run([PYTHON, HERE + '/ctypes_suite.py', folder], library).splitlines()
            if re.search(r' \.\.\. |^Ran \d+ skipped|^pages', line)]


def pytest(library, folder, tests, **env):
    said = run([PYTHON, '-m', 'pytest', '-q', '-rA', '-p', 'no:cacheprovider', '--tb=no'] + tests, library, CWD=folder, **env)
    return [line.split(' - ')[0] for line in said.splitlines() if re.match('(PASSED|FAILED|SKIPPED|ERROR|XFAIL|XPASS) ', line)]


def has_python(module):
    if subprocess.run([PYTHON, '-c', 'import ' + module], stderr=subprocess.DEVNULL).returncode:
        raise Skip('%s has no module %s' % (PYTHON, module))


def cffi(library):
    has_python('cffi')
    has_python('pytest')
    folder = source('python-cffi')
    if os.path.isdir(folder + '/cffi'):
        os.rename(folder + '/cffi', folder + '/cffi.hidden')
    return pytest(library, folder, ['c/test_c.py'] + ['testing/cffi0/test_%s.py' % name for name in
                                                      ('ffi_backend', 'function', 'ctypes')])


def ruby_ffi(library):
    need('rspec', 'ruby', 'make')
    if output(['ruby', '-e', 'require "ffi"; print 1']) != '1':
        raise Skip('ruby has no ffi')
    folder = source('ruby-ffi')
    for hidden in ('lib', 'ext'):
        if os.path.isdir(folder + '/' + hidden):
            os.rename(folder + '/' + hidden, folder + '/hidden.' + hidden)
    with tempfile.TemporaryDirectory(dir=WORK) as place:
        run(['rspec', '--no-color', '-f', 'json', '--out', place + '/results', '--order', 'defined', 'spec/ffi'], library, CWD=folder)
        if not os.path.exists(place + '/results'):
            return ['FAILED: no results']
        with open(place + '/results') as results:
            return [re.sub(r'0x[0-9a-f]+', '', '%(status)s %(full_description)s' % example)
                    for example in json.load(results)['examples']]


def fiddle(library):
    need('ruby')
    if 'test-unit' not in output(['gem', 'list']):
        raise Skip('ruby has no test-unit')
    said = run(['ruby', '-Itest/fiddle', '-Itest', '-Itest/lib', '-rtest/unit', '-e',
                'Dir["test/fiddle/test_*.rb"].sort.each{|f| require "./"+f}', '--', '-v'], library, CWD=source('ruby3.1'))
    return [re.sub(r'\(\d.*\)|0x[0-9a-f]+', '', line) for line in said.splitlines() if re.match(r'\s*test\w*.*:', line)]


def php(library):
    need('php')
    version = output(['php', '-r', 'echo PHP_MAJOR_VERSION, ".", PHP_MINOR_VERSION;'])
    folder = source('php' + version)
    said = run(['php', folder + '/run-tests.php', '-n', '-d', 'extension=ffi', '-d', 'ffi.enable=1', '-q',
                folder + '/ext/ffi/tests'], library, NO_INTERACTION='1', TEST_PHP_EXECUTABLE=shutil.which('php'))
    lines = re.sub(r'\x1b\[[\d;]*m', '', said).splitlines()
    return sorted(line for line in lines if re.match('(PASS|FAIL|SKIP|XFAIL) ', line))


def installed(library, suite, patterns):
    """GNOME's installed tests: TAP lines, each on a session bus of its own."""
    need('dbus-run-session')
    tests = sorted(name for pattern in patterns for name in glob.glob('/usr/share/installed-tests/%s/%s.test' % (suite, pattern)))
    if not tests:
        raise Skip('no installed tests of ' + suite)
    lines = []
    for test in tests:
        command = re.search(r'^Exec=(.*)$', open(test).read(), re.M).group(1)
        # A service that outlives the session would keep a pipe open; tests of gjs leave files where they run.
        with tempfile.TemporaryFile('w+') as said, tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            env = with_library(library, GSETTINGS_BACKEND='memory', G_ENABLE_DIAGNOSTIC='0')
            env.pop('DISPLAY', None)
            try:
                done = subprocess.run(['dbus-run-session', '--', 'sh', '-c', command], stdout=said, stderr=subprocess.DEVNULL,
                                      stdin=subprocess.DEVNULL, env=env, cwd=folder, timeout=300).returncode
            except subprocess.TimeoutExpired:
                done = 'TIMEOUT'
            said.seek(0)
            name = os.path.basename(test)
            lines += ['%s: %s' % (name, re.sub(r'0x[0-9a-f]+|# SKIP.*', '', line.strip())) for line in said if re.match(r'\s*(not )?ok', line)]
            lines.append('%s: exit %s' % (name, done))
    return lines


def glib(library):
    return installed(library, 'glib', ['signal*', 'closure*', 'binding*', 'object*', 'gdbus-[es]*', 'prop*', 'param*', 'value*',
                                       'reference*', 'dynamic*'])


def gjs(library):
    need('gjs')
    return installed(library, 'gjs', ['test*'])


def pygobject(library):
    has_python('gi')
    has_python('pytest')
    typelibs = glob.glob('/usr/lib/*/installed-tests/gjs/*.typelib') + glob.glob('/usr/libexec/installed-tests/gjs/*.typelib')
    if not typelibs:
        raise Skip("gjs-tests' typelibs are not installed")
    place = os.path.dirname(typelibs[0])
    return pytest(library, source('pygobject'), ['tests/test_%s.py' % name for name in (
        'everything', 'gi', 'properties', 'gtype', 'overrides_gobject', 'object_marshaling', 'fields')],
        GI_TYPELIB_PATH=place, TEST_GTK_VERSION='none', PATH_OF_MORE=place) # Gtk wants a display


SMALL = {
    'guile': ['guile', '-c', "(use-modules (system foreign)) (define m (dynamic-link \"libm.so.6\"))"
              "(define c (dynamic-link)) (display ((pointer->procedure double (dynamic-func \"pow\" m) (list double double)) 2 10))"
              "(define a (make-s32vector 4 0)) (s32vector-set! a 0 3) (s32vector-set! a 1 1) (s32vector-set! a 2 4)"
              "((pointer->procedure void (dynamic-func \"qsort\" c) (list '* size_t size_t '*)) (bytevector->pointer a) 4 4"
              " (procedure->pointer int (lambda (x y) (- (s32vector-ref (pointer->bytevector x 4) 0)"
              " (s32vector-ref (pointer->bytevector y 4) 0))) (list '* '*))) (display a)"],
    'perl': ['perl', '-e', 'use FFI::Platypus 1; my $f = FFI::Platypus->new(api => 1, lib => [undef, "libm.so.6"]);'
             'print $f->function(pow => ["double", "double"] => "double")->call(2, 10), " ";'
             '$f->type("(opaque,opaque)->int" => "order"); my @a = (3, 1, 4, 1, 5);'
             '$f->function(qsort => ["sint32[5]", "size_t", "size_t", "order"] => "void")->call(\\@a, 5, 4, $f->closure(sub {'
             ' my ($x, $y) = map { unpack "l", unpack("P4", pack("J", $_)) } @_; $x <=> $y })); print "@a"'],
    'ecl': ['ecl', '--norc', '--eval', '(progn (ffi:load-foreign-library "/lib/x86_64-linux-gnu/libm.so.6" :system-library t)'
            '(print (si:call-cfun (si:find-foreign-symbol "cos" :default :pointer-void 0) :double (list :double) (list 0d0)))'
            '(terpri) (ext:quit))'],
    'p11-kit': ['p11-kit', 'list-modules'],
    'jna': ['java', '-Djna.nosys=false', '-cp', '/usr/share/java/jna.jar', HERE + '/Client.java'],
}


def small(name):
    def client(library):
        need(SMALL[name][0])
        if name == 'jna':
            need('javac')
            if not os.path.exists('/usr/share/java/jna.jar'):
                raise Skip('libjna-java is not installed')
        return [re.sub(r'0x[0-9a-f]+', '', line) for line in run(SMALL[name], library, timeout=120, GUILE_AUTO_COMPILE='0').splitlines()]
    return client


CLIENTS = {'libffi': suite_of_libffi}
if not RUNNER:
    CLIENTS.update({'ctypes': ctypes, 'cffi': cffi, 'ruby-ffi': ruby_ffi, 'fiddle': fiddle, 'php': php, 'glib': glib, 'gjs': gjs,
                    'pygobject': pygobject, **{name: small(name) for name in SMALL}})


def main():
    os.makedirs(WORK, exist_ok=True)
    os.makedirs(SOURCES, exist_ok=True)
    if not RUNNER:
        subprocess.run(CC + ['-O2', '-shared', '-fPIC', os.path.join(HERE, 'pages.c'), '-o', os.path.join(WORK, 'pages.so')], check=True)
    chosen = sys.argv[2:] or list(CLIENTS)
    broken = 0
    print('1..%d' % len(chosen))
    for number, name in enumerate(chosen, 1):
        try:
            theirs = CLIENTS[name](real_library())
            pages()
            ours = CLIENTS[name](BUILD + '/libffi.so.8')
            asked, broken_pages = pages()
            ours += broken_pages
        except Skip as why:
            print('ok %d - %s # SKIP %s' % (number, name, why), flush=True)
            continue
        good = theirs == ours and len(ours) > 0
        broken += not good
        bad = sum(bool(re.search(r'FAIL|^failed|not ok|ERROR|TIMEOUT|not compiled', line)) for line in ours)
        print('%sok %d - %s: %d results, all as with the machine\'s library; %d are failures with both%s' %
              ('' if good else 'not ', number, name, len(ours), bad, asked), flush=True)
        if not good:
            print('#   %d lines with theirs' % len(theirs))
            for line in [line for line in theirs if line not in ours][:20]:
                print('#   theirs: ' + line[:300])
            for line in [line for line in ours if line not in theirs][:20]:
                print('#   ours:   ' + line[:300])
    return broken != 0


sys.exit(main())
