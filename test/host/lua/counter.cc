// SPDX-License-Identifier: MIT
// A C++ library behind extern "C", for sessions.lua.
#include <string>
#include <vector>

struct counter {
    std::string      name;
    std::vector<int> values;
};

extern "C" {
counter *counter_new(const char *name) {
    return new counter{name, {}};
}

void counter_free(counter *c) {
    delete c;
}

int counter_add(counter *c, int by) {
    int sum = 0;
    c->values.push_back(by);
    for (int value : c->values) sum += value;
    return sum;
}

const char *counter_name(const counter *c) {
    return c->name.c_str();
}

void counter_each(counter *c, void (*visit)(int value, void *data), void *data) {
    for (int value : c->values) visit(value, data);
}
}
