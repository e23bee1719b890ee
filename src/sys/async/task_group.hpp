#pragma once

#include "sys/async/task.hpp"

#include <memory>

namespace sealpost::async {

// Child tasks with one parent. All of them live on the parent's executor; the parent must await
// join() before the group goes, and nothing else between the first spawn() and join() while its children use its frame:
// a cancelled parent leaves at the next co_await, and only join() waits for them then. A cancelled join() returns when
// its children have ended, perhaps half done. An exception in a child is a broken promise of ours: join()
// rethrows the first one. A child that ends because cancel() asked it to is none.
class TaskGroup {
public:
    explicit TaskGroup(Executor executor);
    ~TaskGroup();
    TaskGroup(const TaskGroup&) = delete;
    TaskGroup& operator=(const TaskGroup&) = delete;

    void spawn(Task<void> child);
    void cancel();  // asks every child to end
    [[nodiscard]] std::size_t running() const;
    Task<void> join();

private:
    struct State;
    std::shared_ptr<State> state_;
};

// A latch between tasks of one executor: wait() returns once notify() was called since the last
// wait, or when the deadline passes (false).
class Signal {
public:
    explicit Signal(Executor executor);
    ~Signal();
    Signal(const Signal&) = delete;
    Signal& operator=(const Signal&) = delete;
    void notify();               // from a task of the same executor
    void notify_from_outside();  // from any thread; safe while the signal lives
    Task<bool> wait(Deadline deadline);

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace sealpost::async
