#pragma once

#include "core/keys/slots.hpp"
#include "sys/db/connection.hpp"

#include <string>

namespace sealpost::keys {

// What open tickets take, kept as sums: of each network, of the wider one that it is part of, and of all. Asked for every
// piece, it costs the writer, which is everybody's, the same however many there are. Hosted copies are the account's affair.

// A new ticket counts least_charge_bytes at once. Fault::denied when it would take more than there may be.
[[nodiscard]] Result<> begin_charge(db::Connection& connection, std::int64_t slot, const std::string& network,
                                    const SlotLimits& limits);

// Its octets grow by `more`. Fault::denied likewise; retry_later when the slot is gone.
[[nodiscard]] Result<> charge_more(db::Connection& connection, std::int64_t slot, std::uint64_t more, const SlotLimits& limits);

// The slot goes: what it took is free again. Nothing for a hosted copy.
[[nodiscard]] Result<> end_charge(db::Connection& connection, std::int64_t slot);

}  // namespace sealpost::keys
