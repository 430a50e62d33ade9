// SPDX-License-Identifier: MIT
// A C++ library behind extern "C", for sessions.lua.
#include <atomic>
#include <string>
#include <thread>
#include <vector>

struct counter {
    std::string      name;
    std::vector<int> values;
    std::thread      thread;
    std::atomic<int> sum{0}, done{0};
};

extern "C" {
counter *counter_new(const char *name) {
    counter *made = new counter;
    made->name    = name;
    return made;
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

// Visits on another thread, and adds up what the visits return, which counter_join() returns.
void counter_start(counter *c, int (*visit)(int value)) {
    c->done = c->sum = 0;
    c->thread = std::thread([c, visit] {
        for (int value : c->values) c->sum += visit(value);
        c->done = 1;
    });
}

int counter_done(const counter *c) {
    return c->done;
}

int counter_join(counter *c) {
    c->thread.join();
    return c->sum;
}
}
