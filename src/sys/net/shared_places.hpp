#pragma once

#include "base/ip_address.hpp"

#include <atomic>
#include <map>
#include <mutex>

namespace sealpost::net {

// A limited number of places for connections, shared between hosts: a host may hold at most nine times as many as are
// still free. So one host never gets the last tenth, and when many press, those with the most are refused first. RFC 4291
// §2.5.4: the last 64 bits of an IPv6 address are the interface's; whoever has one address has all of them. Any thread.
class SharedPlaces {
public:
    enum class Answer { taken, all_are_taken, host_has_its_share };

    explicit SharedPlaces(unsigned most, unsigned most_per_host = 0) : most_(most), most_per_host_(most_per_host) {}

    [[nodiscard]] Answer take(const IpAddress& host);
    void leave(const IpAddress& host);  // once for each that was taken
    [[nodiscard]] unsigned taken() const { return taken_; }
    // Three quarters are taken: time to be less patient.
    [[nodiscard]] bool is_crowded() const { return taken_ >= most_ - most_ / 4; }

private:
    const unsigned most_;
    const unsigned most_per_host_;  // 0: no such limit
    std::mutex lock_;
    std::map<IpAddress, unsigned> by_host_;  // under lock_
    std::atomic<unsigned> taken_{0};         // written under lock_
};

}  // namespace sealpost::net
