// SPDX-License-Identifier: MIT
//
// Some functions of Bullet for C: Debian's Bullet has only C++.
#include <btBulletDynamicsCommon.h>

namespace {
struct World {
    btDefaultCollisionConfiguration     configuration;
    btCollisionDispatcher               dispatcher{&configuration};
    btDbvtBroadphase                    broadphase;
    btSequentialImpulseConstraintSolver solver;
    btDiscreteDynamicsWorld             world{&dispatcher, &broadphase, &solver, &configuration};
};
} // namespace

extern "C" {
void *btDiscreteDynamicsWorld_new() {
    return new World;
}
void btDiscreteDynamicsWorld_delete(void *world) {
    delete static_cast<World *>(world);
}
void btDiscreteDynamicsWorld_setGravity(void *world, double x, double y, double z) {
    static_cast<World *>(world)->world.setGravity(btVector3(btScalar(x), btScalar(y), btScalar(z)));
}
void btDiscreteDynamicsWorld_stepSimulation(void *world, double seconds, long long substeps) {
    static_cast<World *>(world)->world.stepSimulation(btScalar(seconds), int(substeps));
}
void *btRigidBody_newSphere(void *world, double mass, double radius, double height) {
    btSphereShape *shape = new btSphereShape(btScalar(radius));
    btVector3      inertia(0, 0, 0);
    shape->calculateLocalInertia(btScalar(mass), inertia);
    btTransform at;
    at.setIdentity();
    at.setOrigin(btVector3(0, btScalar(height), 0));
    btRigidBody *body = new btRigidBody(btScalar(mass), new btDefaultMotionState(at), shape, inertia);
    static_cast<World *>(world)->world.addRigidBody(body);
    return body;
}
double btRigidBody_height(void *body) {
    return static_cast<btRigidBody *>(body)->getWorldTransform().getOrigin().y();
}
void btRigidBody_delete(void *world, void *body) {
    btRigidBody *one = static_cast<btRigidBody *>(body);
    static_cast<World *>(world)->world.removeRigidBody(one);
    delete one->getMotionState();
    delete one->getCollisionShape();
    delete one;
}
}
