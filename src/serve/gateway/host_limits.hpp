#pragma once

#include "base/clock.hpp"
#include "base/ip_address.hpp"

#include <cstddef>
#include <functional>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <utility>

namespace sealpost::gateway {

// A place that somebody holds among a limited number; it is given back at the end of its life.
class Place {
public:
    Place() = default;  // holds nothing
    explicit Place(std::function<void()> leave) : leave_(std::move(leave)) {}
    Place(Place&& other) noexcept : leave_(std::exchange(other.leave_, nullptr)) {}
    Place& operator=(Place&& other) noexcept
    {
        Place(std::move(other)).leave_.swap(leave_);
        return *this;
    }
    ~Place()
    {
        if (leave_) leave_();
    }

    [[nodiscard]] bool is_held() const { return leave_ != nullptr; }

private:
    std::function<void()> leave_;
};

// What a connecting host may do within an hour and at one time, counted over all listeners of the
// node; how much that is says the mail flow policy that the host meets, call by call. A host is an
// IPv4 address or the /64 of an IPv6 one, which one machine has to itself. An hour is one of the
// clock, so that counts begin anew when it strikes. Any thread. Outlives the places that it gives.
class HostLimits {
public:
    // Remembers so many hosts without an open connection; beyond, the one idle for longest is
    // forgotten. Hosts with open connections are as many as the connections that the node allows.
    explicit HostLimits(const Clock& clock, std::size_t max_idle_hosts = 100'000) : clock_(clock), max_idle_hosts_(max_idle_hosts)
    {
    }

    // Absent: `most` connections of this host are open.
    [[nodiscard]] std::optional<Place> enter(const IpAddress& address, unsigned most);

    // One more recipient, unless there were `most` this hour; 0 is no limit, but counts.
    [[nodiscard]] bool take_recipient(const IpAddress& address, unsigned most);

    // Directory harvest: recipients that do not exist here.
    void count_invalid_recipient(const IpAddress& address);
    [[nodiscard]] bool has_harvested(const IpAddress& address, unsigned most) const;  // 0: never

    [[nodiscard]] std::size_t known_hosts() const;

private:
    struct Host {
        IpAddress address;
        unsigned connections = 0;
        WallTime hour{};  // of the counts
        unsigned recipients = 0;
        unsigned invalid_recipients = 0;
    };
    using Hosts = std::list<Host>;  // idle ones: the longest idle first

    [[nodiscard]] WallTime this_hour() const;
    Hosts::iterator find_or_add(const IpAddress& address);
    void leave(const IpAddress& address);
    void rest(Hosts::iterator host);
    void forget(Hosts::iterator host);

    const Clock& clock_;
    const std::size_t max_idle_hosts_;
    mutable std::mutex lock_;
    std::map<IpAddress, Hosts::iterator> by_address_;  // all under lock_
    Hosts idle_;
    Hosts connected_;
};

// A number of places for all hosts together.
class Places {
public:
    explicit Places(unsigned most) : most_(most) {}
    [[nodiscard]] std::optional<Place> take();

private:
    void leave();

    const unsigned most_;
    std::mutex lock_;
    unsigned taken_ = 0;  // under lock_
};

}  // namespace sealpost::gateway
