#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# `make bench`: runs the benchmark program, puts its lines together, writes build/bench/bench.json, build/<target>/bench.tsv
# and pictures, and prints the summary (report.pl). A missed target is a result, not an error.
#
#     bench/run.pl [--quick] [--json FILE] [--csv FILE]      everything
#     bench/run.pl --check-ceilings | --write-ceilings       only instructions, against bench/ceilings.txt
#
# Needs BUILD, CC, STRIP, RUNNER and TARGET. BENCH_FILTER, a Perl pattern, chooses rows by their names; BENCH_ROUNDS is the
# number of rounds in each process. Code does not take the same time in each process, because addresses differ: so several
# processes measure, and a row has the median over the rounds of all.
#
# For another target it counts instructions, and measures no time: an emulator's times say nothing about a processor.
use strict;
use warnings;
use FindBin;
use lib $FindBin::Bin;
use File::Temp qw(tempdir);
use Getopt::Long;
use POSIX qw(mkfifo strftime uname);
use Results;

my %option;
GetOptions(\%option, qw(quick json=s csv=s check-ceilings write-ceilings)) or die "usage: see $0\n";
chdir "$FindBin::Bin/.." or die;
my $build   = $ENV{BUILD} // 'build/x86_64';
my $runner  = $ENV{RUNNER} // '';
my $target  = $ENV{TARGET} // (split m{/}, $build)[-1];
my $folder  = "$build/bench";
my $exe     = -e "$folder/bench.exe" ? '.exe' : '';
my $results = $option{quick} ? $folder : 'build/bench';
my $scratch = tempdir(CLEANUP => 1);
my @links   = grep { -e "$folder/" . program($_) } qw(static shared small);
my (%samples, %values, %counts, %rounds, %kinds, @peers, @left_out, @order, %seen);

sub program { return ($_[0] eq 'static' ? 'bench' : "bench-$_[0]") . $exe }

# ---- progress: on a terminal only, on one line ----

my $started = time;

sub progress {
    return unless -t STDERR;
    my ($text) = @_;
    printf STDERR "\r\e[K%s", $text eq '' ? '' : sprintf 'bench: %3d s: %s', time - $started, $text;
}

# ---- rows ----

sub list {
    my ($link) = @_;
    my @command = (split(' ', $runner), "$folder/" . program($link), '--list');
    open my $pipe, '-|', @command or die "cannot run @command\n";
    my (@rows, $number);
    while (<$pipe>) {
        s/[\r\n]+$//;
        my ($what, @fields) = split /\t/, $_, -1;
        if ($what eq 'row') {
            push @rows, { number => $number++ // 0, group => $fields[0], what => $fields[1], way => $fields[2], flags => $fields[3] };
        } elsif ($link eq 'static') {
            $kinds{ $fields[0] } = $fields[1];
            push @peers, { name => $fields[0], kind => $fields[1], text => $fields[2], there => $what eq 'peer' ? \1 : \0 }
              if $fields[1] ne 'ours';
        }
    }
    close $pipe or die "@command failed\n";
    return @rows;
}

my $filter  = $ENV{BENCH_FILTER} // '';
my $pattern = eval { qr/$filter/ } // die "BENCH_FILTER=$filter: it is no Perl pattern\n";

sub chosen {
    my @rows   = @_;
    my @chosen = grep { $_->{what} =~ $pattern } @rows;
    die "BENCH_FILTER=$filter: it matches no row\n" unless @chosen;
    return @chosen;
}

sub note_row {
    my ($link, @name) = @_;
    my $key = join "\t", $link, @name;
    push @order, $key unless $seen{$key}++;
    return $key;
}

# ---- time ----

sub read_line {
    my ($link, $process, $line) = @_;
    my ($kind, @fields) = split /\t/, $line, -1;
    if ($kind eq 'times') {
        push @{ $samples{ note_row($link, @fields[ 0 .. 3 ]) } }, [ @fields[ 4 .. $#fields ] ];
    } elsif ($kind eq 'value') {
        my $key = note_row($link, @fields[ 0 .. 3 ]);
        push @{ $values{$key}{values} }, $fields[5];
        $values{$key}{unit} = $fields[4];
    } elsif ($kind eq 'rounds') {
        $rounds{kept} += $fields[4], $rounds{dropped} += $fields[5], $rounds{forced} += $fields[6];
    } elsif ($kind eq 'left out') {
        push @left_out, "$fields[0]: $fields[1]" unless $seen{"left out $line"}++;
    }
}

# Of the small library only what it does otherwise.
sub rows_of {
    my ($link) = @_;
    my @rows = chosen(list_once($link));
    return grep { $_->{group} =~ /^(calls|callbacks)$/ && $_->{way} eq 'kept' } @rows if $link eq 'small';
    return grep { $link eq 'static' || $_->{group} ne "libffi's interface" } @rows;
}

sub measure {
    my ($link, $process, $processes, @options) = @_;
    my @rows = rows_of($link) or return;
    unshift @options, '--quick' if $option{quick};
    unshift @options, '--rounds', $ENV{BENCH_ROUNDS} if defined $ENV{BENCH_ROUNDS};
    unshift @options, '--once' if $link eq 'static' && $process % 2; # three times
    open my $pipe, '-|', "$folder/" . program($link), @options, map { $_->{number} } @rows or die "cannot run bench\n";
    my $done = 0;
    while (<$pipe>) {
        chomp;
        read_line($link, $process, $_);
        progress("$link library, process $process of $processes, row " . ++$done . ' of ' . @rows) if $_ eq 'done';
    }
    close $pipe or die "\nbench failed\n";
}

my %listed;
sub list_once { my ($link) = @_; return @{ $listed{$link} //= [ list($link) ] } }

# ---- instructions: callgrind, qemu's log, or the program itself single-steps ----

sub add_count {
    my ($link, $name, $count) = @_;
    my ($group, $what, $way, $who, $turns) = split /\t/, $name;
    $counts{$link}{ join "\t", $group, $what, $way, $who }{$turns} += $count;
}

sub by_callgrind {
    my ($link, @command) = @_;
    my $out = "$scratch/callgrind";
    system("valgrind --tool=callgrind --combine-dumps=yes --callgrind-out-file=$out @command >$scratch/out 2>&1") == 0
      or die "valgrind cannot run @command\n";
    open my $file, '<', $out or die "$out: $!\n";
    my $name;
    while (<$file>) {
        $name = $1 if /^desc: Trigger: Client Request: (.*)/;
        add_count($link, $name, $1), undef $name if defined $name && /^totals: (\d+)/;
    }
    push @left_out, 'instructions: valgrind/callgrind.h was not there when the program was compiled' unless $counts{$link};
}

# Each executed instruction is a line of the log, with the name of its function.
sub by_qemu {
    my ($link, @command) = @_;
    my $log  = "$scratch/log";
    my $step = `$command[0] --help` =~ /-one-insn-per-tb/ ? '-one-insn-per-tb' : '-singlestep';
    mkfifo $log, 0600 or die "$log: $!\n";
    my $child = fork // die;
    exec "exec @{[ shift @command ]} $step -d exec,nochain -D $log @command >$scratch/out" unless $child;
    open my $file, '<', $log or die "$log: $!\n";
    my (@steps, $in);
    while (<$file>) {
        if    (/ count_begin$/) { push @steps, 0 unless $in; $in = 1 }
        elsif (/ count_end$/)   { $in = 0 }
        $steps[-1]++ if $in;
    }
    waitpid $child, 0;
    die "@command failed\n" if $?;
    open my $out, '<', "$scratch/out" or die;
    my @names = map { /^counted\t(.*)/ ? $1 : () } <$out>;
    my @named = splice @steps, -@names; # not those before names began
    add_count($link, $names[$_], $named[$_]) for 0 .. $#names;
    unlink $log;
}

sub by_program {
    my ($link, @command) = @_;
    open my $pipe, '-|', "@command" or die "cannot run @command\n";
    while (<$pipe>) {
        s/[\r\n]+$//;
        add_count($link, $1, $2) if /^count\t(.*)\t(\d+)$/;
    }
    close $pipe or die "@command failed\n";
}

# The way to count here, or why there is none.
sub counter {
    return \&by_program if $exe;
    return \&by_qemu    if $runner;
    return 'valgrind is not installed' if system('command -v valgrind >/dev/null 2>&1') != 0;
    return \&by_callgrind;
}

sub count {
    my ($link, $groups, @options) = @_;
    my $count = counter();
    return push @left_out, "instructions: $count" unless ref $count;
    progress("$link library, counting instructions");
    my @rows = grep { !($_->{flags} & 3) && $_->{group} =~ $groups } chosen(list_once($link));
    @rows = grep { $_->{way} ne 'chained' } @rows; # it takes as many as `kept`
    @rows = grep { $_->{way} eq 'kept' } @rows if $runner || $link eq 'small'; # each step takes long there
    return unless @rows;
    $count->($link, split(' ', $runner), "$folder/" . program($link), '--count', @options, map { $_->{number} } @rows);
}

# First use (first.c): each in a process of its own, and without environment, because the loader searches LD_LIBRARY_PATH,
# which valgrind's wrapper may set.
sub count_first {
    return if $runner || !-e "$folder/first" || counter() ne \&by_callgrind || 'first use' !~ $pattern;
    my %programs = (static => ["$folder/first"], shared => [ "LD_PRELOAD=$build/libffi_invoke.so", "$folder/first-shared" ]);
    for my $link (qw(static shared)) {
        for my $who ('C', 'ffi_invoke') {
            by_callgrind('static', '--trace-children=yes', 'env', '-i', @{ $programs{$link} }, $who, $link, @$_) for [], ['libgcc_s'];
        }
    }
}

# Instructions of one turn, less those of an empty turn of the loop. Rounded, as a callee may take more now and then.
sub instructions {
    my ($link, $name) = @_;
    my $turn = sub {
        my $turns = $counts{$link}{ $_[0] } // return;
        my ($one, $more) = sort { $a <=> $b } keys %$turns;
        return $turns->{$one} unless $more; # first use
        return ($turns->{$more} - $turns->{$one}) / ($more - $one);
    };
    my $count = $turn->($name) // return;
    my $empty = $name =~ /^call/ && $turn->("calls\tno call\tkept\tempty turn of the loop") || 0;
    $empty = 0 if $name =~ /empty turn/;
    return sprintf '%.1f', $count - $empty;
}

# ---- putting together ----

sub flat { return map { @$_ } @{ $_[0] } }

# The ratio of each round to the first contender's in the same round.
sub ratios {
    my ($ours, $base) = @_;
    my @by_process;
    for my $i (0 .. $#$ours) {
        my ($x, $y) = ($ours->[$i], $base->[$i] // []);
        push @by_process, [ map { $x->[$_] / $y->[$_] } grep { $y->[$_] } 0 .. ($#$x < $#$y ? $#$x : $#$y) ];
    }
    return @by_process;
}

sub row_of {
    my ($key, $base) = @_;
    my ($link, $group, $what, $way, $who) = split /\t/, $key, -1;
    my %row = (link => $link, group => $group, what => $what, way => $way, who => $who, kind => $kinds{$who} // 'ours');
    $row{kind} = 'library' if $who =~ /libffi/ && !$kinds{$who};
    if ($values{$key}) {
        @row{qw(value unit)} = (0 + median(@{ $values{$key}{values} }), $values{$key}{unit});
    } elsif ($samples{$key}) {
        my @all = flat($samples{$key});
        my ($low, $middle, $high) = map { quantile($_, @all) } 0.25, 0.5, 0.75;
        @row{qw(ns ns_low ns_high rounds)} = (0 + $middle, 0 + $low, 0 + $high, scalar @all);
        my @by_process = ratios($samples{$key}, $samples{$base});
        if ($key ne $base && grep { @$_ } @by_process) {
            my @medians = map { median(@$_) } grep { @$_ } @by_process;
            $row{base} = (split /\t/, $base, -1)[4];
            @row{qw(ratio ratio_low ratio_high)} = (median(flat(\@by_process)), quantile(0, @medians), quantile(1, @medians));
        }
    }
    my $count = instructions($link, join "\t", $group, $what, $way, $who);
    $row{instructions} = 0 + $count if defined $count;
    return \%row;
}

sub all_rows {
    my (%base, @rows);
    for my $key (@order) {
        my $place = $key =~ s/\t[^\t]*$//r;
        $base{$place} //= $key;
        push @rows, row_of($key, $base{$place});
    }
    return \@rows;
}

sub machine {
    my %machine = (processor => 'unknown processor', system => join(' ', (uname())[ 0, 2 ]) =~ s/-.*//r, processors => 0 + `nproc`);
    if (open my $info, '<', '/proc/cpuinfo') {
        while (<$info>) { $machine{processor} = $1, last if /^model name\s*:\s*(.*)/ }
    }
    my ($compiler) = split /\n/, `$ENV{CC} --version 2>/dev/null` || 'unknown compiler';
    $machine{compiler} = $compiler;
    ($machine{load}) = split ' ', `cat /proc/loadavg 2>/dev/null`;
    return \%machine;
}

sub write_columns {
    my ($path, $separator, $rows) = @_;
    my @names = qw(link group what way who kind ns ns_low ns_high rounds base ratio ratio_low ratio_high instructions value unit);
    open my $file, '>', $path or die "$path: $!\n";
    print $file join($separator, @names), "\n";
    for my $row (@$rows) {
        my @fields = map { my $x = $row->{$_} // ''; $x =~ /[,"]/ && $separator eq ',' ? '"' . $x =~ s/"/""/gr . '"' : $x } @names;
        print $file join($separator, @fields), "\n";
    }
    close $file or die "$path: $!\n";
}

# Rows that other programs measure: hosts, and the size of the library.
sub measure_others {
    return if $filter ne '';
    progress('Lua');
    local $ENV{REPEATS} = $option{quick} ? 1 : 15;
    open my $pipe, '-|', 'bench/lua/run.sh' or die "cannot run bench/lua/run.sh\n";
    while (<$pipe>) {
        chomp;
        my ($what, $who, $ns) = split /\t/;
        read_line('static', 1, defined $ns ? "value\tLua 5.4\t$what\t\t$who\tns\t$ns" : "left out\tLua 5.4\t$what");
    }
    close $pipe or die "bench/lua/run.sh failed\n";
    system("$ENV{STRIP} $build/libffi_invoke.so -o $scratch/stripped") == 0 or die;
    read_line('shared', 1, "value\tmemory\tsize\t\tlibffi_invoke.so, stripped\tbytes\t" . -s "$scratch/stripped");
}

# What the rows need: libraries of many names, a large header, our own libffi.
sub prepare {
    $ENV{BENCH_FOLDER} = $folder;
    $ENV{LIBFFI_OURS} //= "$build/libffi.so.8";
    for my $count ($option{quick} ? 1000 : (1000, 10000, 100000, 1000000)) {
        my $path = "$folder/names_$count.so";
        progress("making a library of $count names");
        system('bench/names.sh', $count, $path) == 0 or die unless -e $path;
    }
    system("echo '#include <sqlite3.h>' | $ENV{CC} -E - >$folder/sqlite3.i 2>/dev/null") == 0 or unlink "$folder/sqlite3.i";
}

# ---- ceilings: at most 5 % and one instruction more than bench/ceilings.txt has ----

my $ceilings = 'bench/ceilings.txt';

sub write_ceilings {
    my ($rows) = @_;
    my @kept = -e $ceilings ? grep { $_->[0] ne $target } read_fields($ceilings) : ();
    my @new  = map { [ $target, @$_{qw(group what way who instructions)} ] } @$rows;
    open my $file, '>', $ceilings or die "$ceilings: $!\n";
    print $file "# Instructions of each call as gcc 12 -O2 compiles it: stub, inline part and callee; of first use, all. make bench-ceilings writes it.\n"
      . "# More than 5 % above fails test/build/t_ceilings.sh. Target | group | name | way | who | instructions.\n";
    print $file join(' | ', @$_), "\n" for sort { $a->[0] cmp $b->[0] } @kept, @new;
}

sub check_ceilings {
    my ($rows) = @_;
    my %most = map { join("\t", @$_[ 1 .. 4 ]) => $_->[5] } grep { $_->[0] eq $target } read_fields($ceilings);
    my ($checked, $above) = (0, 0);
    for my $row (@$rows) {
        my $most = $most{ join "\t", @$row{qw(group what way who)} } // next;
        $checked++;
        next if $row->{instructions} <= $most * 1.05 + 1;
        $above++;
        printf "%s, %s, %s, %s: %s instructions, at most %s\n", @$row{qw(group what way who instructions)}, $most;
    }
    printf "%d rows of %s are below their ceilings, %d above\n", $checked - $above, $target, $above;
    exit($above || !$checked ? 1 : 0);
}

if ($option{'check-ceilings'} || $option{'write-ceilings'}) {
    if ($option{'check-ceilings'} && !grep { $_->[0] eq $target } read_fields($ceilings)) {
        print "$ceilings has no rows of $target\n";
        exit 77;
    }
    count('static', qr/^(calls|callbacks|layer)$/, '--own');
    count_first();
    print "$_\n" for @left_out;
    exit 77 unless %counts;
    note_row('static', split /\t/, $_, -1) for sort keys %{ $counts{static} };
    my $rows = [ grep { $_->{who} ne 'C' } @{ all_rows() } ];
    $option{'check-ceilings'} ? check_ceilings($rows) : write_ceilings($rows);
    exit;
}

# ---- a run ----

die "$folder: no benchmark program was built\n" unless @links;
die "BENCH_ROUNDS=$ENV{BENCH_ROUNDS}: expected a positive number\n" if ($ENV{BENCH_ROUNDS} // 1) !~ /^[1-9]\d*$/;
$results = $folder if $runner;
mkdir $results;
my $machine = machine();
my %processes = $option{quick} ? (static => 1, shared => 1, small => 1) : (static => 5, shared => 3, small => 3);
chosen(list_once('static'));
if ($runner) {
    count('static', qr/./, '--own');
    note_row('static', split /\t/, $_, -1) for sort keys %{ $counts{static} };
} else {
    prepare();
    for my $process (1 .. 5) {
        for my $link (@links) {
            measure($link, $process, $processes{$link}, $link eq 'static' ? () : '--own') if $process <= $processes{$link};
        }
    }
    measure_others();
    if ($option{quick}) {
        count('static', qr/^calls$/, '--own');
    } else {
        count('static', qr/^(calls|callbacks|layer|making|adapters)$/);
        count($_, qr/^calls$/, '--own') for grep { $_ ne 'static' } @links;
        count_first();
        note_row('static', split /\t/, $_, -1) for grep { /\tfirst use/ } sort keys %{ $counts{static} };
    }
}
progress('');
my $all = {
    version => 1, date => strftime('%Y-%m-%d', gmtime), target => $target, quick => $option{quick} ? \1 : \0, machine => $machine,
    peers => \@peers, left_out => \@left_out, seconds => time - $started, rounds => \%rounds, processes => \%processes, rows => all_rows(),
};
save_results($_, $all) for "$results/bench.json", grep { defined } $option{json};
write_columns("$build/bench.tsv", "\t", $all->{rows});
write_columns($option{csv}, ',', $all->{rows}) if $option{csv};
system('bench/plot.pl', "$results/bench.json", $results) == 0 or die unless $runner;
exec 'bench/report.pl', "$results/bench.json";
