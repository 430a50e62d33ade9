struct a { int x; struct { char c; union { float f; long l; }; } in; unsigned b : 3, : 0, d : 5; char tail[]; };
typedef struct a *link, pair[2];
