#!/usr/bin/perl
# SPDX-License-Identifier: MIT
#
# Whether the rooms of src depend on each other downwards only: arrows.pl OBJECT... A room may use those above it in the
# list; within a room everything may use everything. An arrow is an #include, or a name that one object needs and
# another has. Prints the drawing, a line for each room, and fails with each arrow that points up.
use strict;
use warnings;

# From the ground up. What calls by an ABI belongs to plans, what is called by it to callbacks.
my @rooms = (
    [base     => qr{^src/base/}],
    [os       => qr{^src/os/}],
    [type     => qr{^src/type/}],
    [parse    => qr{^src/parse/}],
    [plan     => qr{^src/plan/|^arch/(?!.*(entr|trampoline|image\.inc|small))}],
    [call     => qr{^src/call/}],
    [callback => qr{^src/callback/|^arch/}],
    [library  => qr{^src/library/}],
    [top      => qr{^src/context\.c}],
    [debug    => qr{^src/debug/}],
    [embed    => qr{^src/embed/}],
);

sub room_of {
    my ($path) = @_;
    for (0 .. $#rooms) { return $_ if $path =~ $rooms[$_][1] }
    return;
}

my (%arrows, @wrong);

sub arrow {
    my ($from, $to, $why) = @_;
    my ($below, $above) = (room_of($to), room_of($from));
    return unless defined $below && defined $above && $below != $above;
    $arrows{$above}{$below}++;
    push @wrong, "$from uses $to ($why)" if $below > $above;
}

# Files that are included are found as the compiler finds them.
for my $path (glob 'src/*.[ch] src/*/*.[ch] arch/*/*.[ch]') {
    open my $file, '<', $path or die "$path: $!\n";
    (my $folder = $path) =~ s{[^/]*$}{};
    while (<$file>) {
        next unless /^\s*#\s*include "(.*)"/;
        my ($found) = grep { -e } "$folder$1", "src/$1" or next;
        arrow($path, $found, '#include');
    }
}

# An object's path ends with its source's: build/x86_64/src/base/map.o.
my (%home, @needs);
for my $object (@ARGV) {
    my ($source) = $object =~ m{((?:src|arch)/.*?)\.o$} or next;
    $source .= '.c' unless $source =~ /\.(asm|S)$/;
    open my $names, '-|', 'nm', '-P', '-g', $object or die "nm: $!\n";
    while (<$names>) {
        my ($name, $kind) = split;
        if ($kind eq 'U') { push @needs, [$source, $name] }
        else { $home{$name} = $source }
    }
}
arrow($_->[0], $home{$_->[1]}, $_->[1]) for grep { $home{$_->[1]} } @needs;
push @wrong, 'no object was given' unless %home;

for my $above (reverse 0 .. $#rooms) {
    my @below = map { $rooms[$_][0] } sort { $b <=> $a } keys %{$arrows{$above}};
    printf "%-8s  %s\n", $rooms[$above][0], @below ? "-> @below" : '';
}
print "points up: $_\n" for @wrong;
exit(@wrong ? 1 : 0);
