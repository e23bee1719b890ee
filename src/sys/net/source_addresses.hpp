#pragma once

#include "base/ip_address.hpp"

#include <optional>
#include <vector>

namespace sealpost::net {

// Where our connections come from: the system's choice unless something is said.
class SourceAddresses {
public:
    SourceAddresses() = default;
    // This one whatever the target, so that a wrong one is found out; absent: the system's choice.
    SourceAddresses(std::optional<IpAddress> only) : only_(only) {}  // NOLINT(google-explicit-constructor)
    // What the world sees of us. Behind NAT they are not this machine's, and the system chooses.
    static SourceAddresses preferring(std::vector<IpAddress> addresses);

    // To bind for a connection to `target`; absent: nothing. Of the preferred ones the first of its family that this machine
    // has at the moment.
    [[nodiscard]] std::optional<IpAddress> find_for(const IpAddress& target) const;
    // Of several addresses of a host, leaves out those of a family that none of ours has: what a preference allows, and the
    // only one may leave none.
    void narrow(std::vector<IpAddress>& targets) const;

private:
    std::optional<IpAddress> only_;
    std::vector<IpAddress> preferred_;
};

// One that this machine can bind: of an interface, loopback included.
[[nodiscard]] bool is_own_address(const IpAddress& address);

}  // namespace sealpost::net
