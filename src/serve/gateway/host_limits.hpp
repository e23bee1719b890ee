#pragma once

#include "base/clock.hpp"
#include "base/ip_address.hpp"
#include "sys/net/shared_places.hpp"

#include <compare>
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

// What counts as one host: addresses that share so many leading bits.
struct HostKey {
    HostKey() = default;
    // RFC 4291 §2.5.4: the last 64 bits are the interface's; whoever has one address has all of them.
    HostKey(const IpAddress& address, unsigned bits_v4 = 32, unsigned bits_v6 = 64);

    IpAddress prefix;
    unsigned bits = 32;
    friend auto operator<=>(const HostKey&, const HostKey&) = default;
};

// What a connecting host may do within an hour and at one time, counted over all listeners of the
// node; how much that is, and what is one host, says the mail flow policy that the host meets, call by call.
// An hour is one of the clock, so that counts begin anew when it strikes. Any thread. Outlives the places that it
// gives.
class HostLimits {
public:
    // Remembers so many hosts without an open connection; beyond, the one idle for longest is
    // forgotten. Hosts with open connections are as many as the connections that the node allows.
    explicit HostLimits(const Clock& clock, std::size_t max_idle_hosts = 100'000) : clock_(clock), max_idle_hosts_(max_idle_hosts)
    {
    }

    // Absent: `most` connections of this host are open.
    [[nodiscard]] std::optional<Place> enter(const HostKey& host, unsigned most);

    // One more recipient, unless there were `most` this hour; 0 is no limit, but counts.
    [[nodiscard]] bool take_recipient(const HostKey& host, unsigned most);

    // Directory harvest: recipients that do not exist here.
    void count_invalid_recipient(const HostKey& host);
    [[nodiscard]] bool has_harvested(const HostKey& host, unsigned most) const;  // 0: never

    // A password counts as wrong before it is checked, so that many at once are no more than one after another; false: there
    // were `most` this hour. Taken back when it was right, or was not checked.
    [[nodiscard]] bool try_password(const HostKey& host, unsigned most);
    void take_password_back(const HostKey& host);

    [[nodiscard]] std::size_t known_hosts() const;

private:
    struct Host {
        HostKey key;
        unsigned connections = 0;
        WallTime hour{};  // of the counts
        unsigned recipients = 0;
        unsigned invalid_recipients = 0;
        unsigned wrong_passwords = 0;
    };
    using Hosts = std::list<Host>;  // idle ones: the longest idle first

    [[nodiscard]] WallTime this_hour() const;
    Hosts::iterator find_or_add(const HostKey& key);
    [[nodiscard]] const Host* find_this_hour(const HostKey& key) const;
    void count(const HostKey& key, unsigned Host::*what);
    void leave(const HostKey& key);
    void rest(Hosts::iterator host);
    void forget(Hosts::iterator host);

    const Clock& clock_;
    const std::size_t max_idle_hosts_;
    mutable std::mutex lock_;
    std::map<HostKey, Hosts::iterator> by_key_;  // all under lock_
    Hosts idle_;
    Hosts connected_;
};

// A number of places for all hosts together, which share them (net::SharedPlaces). Any thread. Outlives the places that it
// gives.
class Places {
public:
    using Tell = std::function<void(unsigned taken)>;  // after each change; any thread
    explicit Places(unsigned most, Tell tell = {}) : places_(most), tell_(std::move(tell)) {}

    struct Given {
        std::optional<Place> place;
        bool is_full = false;  // else, without a place: the host has its share
    };
    [[nodiscard]] Given take(const IpAddress& host);
    [[nodiscard]] bool is_crowded() const { return places_.is_crowded(); }

private:
    void tell() const;

    net::SharedPlaces places_;
    const Tell tell_;
};

}  // namespace sealpost::gateway
