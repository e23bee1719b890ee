#pragma once

#include "serve/courier/order.hpp"
#include "sys/async/task_group.hpp"

#include <list>
#include <memory>
#include <string>

namespace sealpost::courier {

class DomainLimits;
struct DomainTable;

// One of the connections that a destination domain grants, from its taking to its destruction.
class Seat {
public:
    Seat() = default;
    ~Seat() { leave(); }
    Seat(Seat&& other) noexcept : limits_(std::exchange(other.limits_, nullptr)), domain_(std::move(other.domain_)) {}
    Seat& operator=(Seat&& other) noexcept;

    [[nodiscard]] bool is_taken() const { return limits_ != nullptr; }
    [[nodiscard]] const std::string& domain() const { return domain_; }  // empty when not taken

private:
    friend class DomainLimits;
    Seat(std::shared_ptr<DomainTable> limits, std::string domain) : limits_(std::move(limits)), domain_(std::move(domain)) {}
    void leave();

    std::shared_ptr<DomainTable> limits_;
    std::string domain_;
};

// A place in the line of those who wait for a seat of one domain. Lives in the task that waits.
class Turn {
public:
    Turn(DomainLimits& limits, std::string domain, Executor executor);
    ~Turn();
    Turn(const Turn&) = delete;
    Turn& operator=(const Turn&) = delete;

    [[nodiscard]] bool is_first() const;
    Task<bool> wait(Deadline deadline);  // until something changed for the first in line

private:
    std::shared_ptr<DomainTable> limits_;
    std::string domain_;
    async::Signal changed_;
};

// What a courier counts for each destination domain: open connections, and recipients in a period
// that begins with the first of them. In memory, for this process and run only; bounded, since a
// domain is forgotten when it has no connection and its period is over. Of courier only.
class DomainLimits {
public:
    using Time = Deadline::Clock::time_point;
    static constexpr std::size_t default_max_domains = 65'536;

    explicit DomainLimits(std::size_t max_domains = default_max_domains);

    struct Grant {
        std::size_t recipients = 0;         // as many of those wanted as may go now
        std::chrono::milliseconds wait{0};  // until there is room for the others
    };
    Grant take_recipients(const std::string& domain, const Restraint& restraint, std::size_t wanted, Time now);
    void give_back_recipients(const std::string& domain, std::size_t count);  // no host was told of them

    Seat try_seat(const std::string& domain, unsigned most);
    void wake_first(const std::string& domain);
    [[nodiscard]] std::size_t domains() const;

private:
    friend class Turn;
    std::shared_ptr<DomainTable> table_;
};

}  // namespace sealpost::courier
