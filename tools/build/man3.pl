#!/usr/bin/env perl
# SPDX-License-Identifier: MIT
#
# Makes manual pages of section 3 from the headers given, in the folder that stands first: a page for each part of a
# header (`/* ---- Types ---- */`), and for each function a page that leads to its part.
use strict;
use warnings;

my ($to, $date, @headers) = @ARGV;
die "usage: man3.pl FOLDER DATE HEADER...\n" unless @headers;

sub roff { # text that roff does not read as a command
    my ($text) = @_;
    $text =~ s/\\/\\e/g;
    $text =~ s/-/\\-/g;
    $text =~ s/^([.'])/\\&$1/gm;
    return $text;
}

# A comment as paragraphs; lines that are indented are shown as they stand.
sub described {
    my ($comment) = @_;
    $comment =~ s{^\s*/\*+\s?}{};
    $comment =~ s{\s*\*/\s*$}{};
    my ($out, $shown) = ('', 0);
    for my $line (split /\n/, $comment) {
        $line =~ s/^ \* ?//;
        my $indented = $line =~ /^\s{2,}/;
        if ($line =~ /^\s*$/) { $out .= $shown ? "\n" : ".PP\n"; next }
        $out .= ".nf\n" if $indented && !$shown;
        $out .= ".fi\n" if !$indented && $shown;
        $shown = $indented;
        $line =~ s/^\s+// if !$indented;
        $out .= roff($line) . "\n";
    }
    $out .= ".fi\n" if $shown;
    $out =~ s/(\.PP\n)+(?=\.fi)//g;
    $out =~ s/(?:\.PP\n)+$//;
    $out =~ s/(?:\.PP\n){2,}/.PP\n/g;
    return $out;
}

sub page_name {
    my ($header, $part) = @_;
    (my $base = $header) =~ s{.*/|\.h$}{}g;
    my $word = lc $part;
    $word =~ s/[^a-z]+/_/g;
    return "${base}_$word";
}

mkdir $to;
for my $header (@headers) {
    open my $in, '<', $header or die "cannot read $header: $!\n";
    my $text = do { local $/; <$in> };
    (my $name = $header) =~ s{.*/}{};
    my @parts = split m{^/\* ---- (.+?) -+ \*/\n}m, $text;
    my $introduction = shift @parts;
    my @pages;
    while (my ($part, $body) = splice @parts, 0, 2) {
        $body =~ s{^#if(?:def __cplusplus|def FFI_\w*QUIET).*}{}ms; # the header's end
        my $page = page_name($header, $part);
        my (@functions, $items);
        $items = '';
        # A comment and the declarations up to the next one; comments within a declaration belong to it.
        while ($body =~ m{((?:^/\*(?s:.*?)\*/\n)?)((?:^(?!/\*).*\n)*)}gm) {
            my ($comment, $code) = ($1, $2);
            last if $comment eq '' && $code eq '';
            $code =~ s/^(?:FFI_INVOKE_API|FFI_INLINE) *//gm;
            push @functions, ($code =~ s{/\*.*?\*/}{}gsr) =~ /\b(ffi_\w+)\((?!\*)/g;
            $code =~ s/^\s*\n|\s+$//g;
            $items .= ".PP\n" . described($comment) if $comment;
            $items .= ".PP\n.nf\n" . roff("$code\n") . ".fi\n" if $code =~ /\S/;
        }
        next unless $items;
        my %seen;
        @functions = grep { !$seen{$_}++ } @functions;
        open my $out, '>', "$to/$page.3" or die "cannot write $to/$page.3: $!\n";
        print $out ".\\\" Made from $name by man3.pl.\n.TH ", uc $page, " 3 \"$date\" ffi_invoke\n.SH NAME\n$page \\- ",
            roff(lc $part), " of ffi_invoke\n.SH SYNOPSIS\n.B #include <$name>\n.SH DESCRIPTION\n", $items =~ s/^\.PP\n//r,
            ".SH SEE ALSO\n.BR ffi (1)\n";
        close $out or die "cannot write $to/$page.3: $!\n";
        push @pages, [$page, $part];
        for my $function (@functions) {
            next if -e "$to/$function.3" || grep { m{/$function\.h$} } @headers;
            symlink "$page.3", "$to/$function.3" or die "cannot make $to/$function.3: $!\n";
        }
    }
    (my $base = $name) =~ s/\.h$//;
    open my $out, '>', "$to/$base.3" or die "cannot write $to/$base.3: $!\n";
    my ($comment) = $introduction =~ m{^(/\*\n.*?\*/)}ms;
    my $first = '';
    while ($introduction =~ m{(^/\*(?:(?!\*/).)*\*/\n)FFI_INVOKE_API ([^;]*?\b(ffi_\w+)\([^;]*;)$}gms) {
        next if -e "$to/$3.3" || $3 eq $base;
        $first .= ".PP\n" . described($1) . ".PP\n.nf\n" . roff("$2\n") . ".fi\n";
        symlink "$base.3", "$to/$3.3" or die "cannot make $to/$3.3: $!\n";
    }
    print $out ".\\\" Made from $name by man3.pl.\n.TH ", uc $base, " 3 \"$date\" ffi_invoke\n.SH NAME\n$base \\- the header $name\n",
        ".SH SYNOPSIS\n.B #include <$name>\n.SH DESCRIPTION\n", described($comment // '/* */'), $first, ".SH PAGES\n",
        (map { ".TP\n.BR $_->[0] (3)\n" . roff($_->[1]) . "\n" } @pages), ".SH SEE ALSO\n.BR ffi (1)\n";
    close $out or die "cannot write $to/$base.3: $!\n";
}
