#pragma once

#include "sys/dns/resolver.hpp"

namespace sealpost::dns {

// One record's data off the wire (names uncompressed) as Answer::records shows it; absent when it is
// not what its type demands.
[[nodiscard]] std::optional<std::string> format_rdata(Type type, std::string_view rdata);

}  // namespace sealpost::dns
