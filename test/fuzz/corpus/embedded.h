/* Members of structs and unions with a tag or a typedef's name, as -fms-extensions of gcc and clang has them. */
struct point { int x, y; };
typedef struct point point_t;
typedef union { char c; double d; } number_t;
struct by_tag { struct point; int z; };
struct by_name { char c; const point_t; int z; };
struct defined { struct inside { int in; }; struct inside again; };
union of_union { char c; point_t; };
struct nested { struct by_tag; number_t; };
struct not_embedded { enum word { WORD }; int z; };
typedef char ok[sizeof(struct by_tag) == 12 && __builtin_offsetof(struct by_tag, y) == 4 ? 1 : -1];
typedef char ok[sizeof(struct by_name) == 16 && __builtin_offsetof(struct by_name, x) == 4 ? 1 : -1];
typedef char ok[sizeof(struct defined) == 8 && __builtin_offsetof(struct defined, again) == 4 ? 1 : -1];
typedef char ok[sizeof(union of_union) == 8 && __builtin_offsetof(union of_union, y) == 4 ? 1 : -1];
typedef char ok[sizeof(struct nested) == 24 && __builtin_offsetof(struct nested, d) == 16 ? 1 : -1];
typedef char ok[__builtin_offsetof(struct nested, y) == 4 && sizeof(struct not_embedded) == 4 ? 1 : -1];
