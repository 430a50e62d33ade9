enum e { A, B = 4, C = B << 2 | 1, D = -1, E = (char)200, F = sizeof(struct { int i; }) };
enum __attribute__((packed)) small { S };
enum big : unsigned long { T = 1ul << 40 };
