/* SPDX-License-Identifier: MIT */
/* The names of the values of errno that POSIX.1-2008 (<errno.h>) has; C only knows their texts. Where two
 * names have one value (EAGAIN and EWOULDBLOCK) the older stands here. */
#include "embed.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>

#define NAME(number) [number] = #number

static const char *const names[] = {
    NAME(E2BIG),     NAME(EACCES),       NAME(EADDRINUSE),   NAME(EADDRNOTAVAIL),   NAME(EAFNOSUPPORT),
    NAME(EAGAIN),    NAME(EALREADY),     NAME(EBADF),        NAME(EBADMSG),         NAME(EBUSY),
    NAME(ECANCELED), NAME(ECHILD),       NAME(ECONNABORTED), NAME(ECONNREFUSED),    NAME(ECONNRESET),
    NAME(EDEADLK),   NAME(EDESTADDRREQ), NAME(EDOM),         NAME(EEXIST),          NAME(EFAULT),
    NAME(EFBIG),     NAME(EHOSTUNREACH), NAME(EIDRM),        NAME(EILSEQ),          NAME(EINPROGRESS),
    NAME(EINTR),     NAME(EINVAL),       NAME(EIO),          NAME(EISCONN),         NAME(EISDIR),
    NAME(ELOOP),     NAME(EMFILE),       NAME(EMLINK),       NAME(EMSGSIZE),        NAME(ENAMETOOLONG),
    NAME(ENETDOWN),  NAME(ENETRESET),    NAME(ENETUNREACH),  NAME(ENFILE),          NAME(ENOBUFS),
    NAME(ENODEV),    NAME(ENOENT),       NAME(ENOEXEC),      NAME(ENOLCK),          NAME(ENOLINK),
    NAME(ENOMEM),    NAME(ENOMSG),       NAME(ENOPROTOOPT),  NAME(ENOSPC),          NAME(ENOSYS),
    NAME(ENOTCONN),  NAME(ENOTDIR),      NAME(ENOTEMPTY),    NAME(ENOTRECOVERABLE), NAME(ENOTSOCK),
    NAME(ENOTSUP),   NAME(ENOTTY),       NAME(ENXIO),        NAME(EOVERFLOW),       NAME(EOWNERDEAD),
    NAME(EPERM),     NAME(EPIPE),        NAME(EPROTO),       NAME(EPROTONOSUPPORT), NAME(EPROTOTYPE),
    NAME(ERANGE),    NAME(EROFS),        NAME(ESPIPE),       NAME(ESRCH),           NAME(ETIMEDOUT),
    NAME(ETXTBSY),   NAME(EXDEV),
#ifdef ENOSTR /* those of streams, which FreeBSD has not */
    NAME(ENODATA),   NAME(ENOSR),        NAME(ENOSTR),       NAME(ETIME),
#endif
};

const char *ffi_errno_name(int number) {
    bool known = number > 0 && (size_t)number < sizeof names / sizeof *names;
    return known ? names[number] : NULL;
}

ffi_error system_failed(int number, const char *format, ...) {
    char        what[1024], unnamed[24];
    const char *symbol = ffi_errno_name(number);
    va_list     list;
    va_start(list, format);
    vsnprintf(what, sizeof what, format, list);
    va_end(list);
    snprintf(unnamed, sizeof unnamed, "errno %d", number);
    return ffi_fail(FFI_ERROR_SYSTEM, "%s: %s: %s", what, symbol ? symbol : unnamed, strerror(number));
}
