// tlsrpt: reports about TLS (RFC 8460) as they stand in DNS, in JSON and in mail: the record that asks for them, the
// report, and the mail that brings it. Text in, values out, each reader with its limits; the only question that is asked
// is the one for the record. No clock, no files, no store.
#pragma once

#include "sys/dns/resolver.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sealpost::tlsrpt {

inline constexpr std::size_t max_record_bytes = 8 * 1024;
inline constexpr std::size_t max_addresses = 20;  // in one record

// Where a domain wants its reports: one URI of rua=.
struct Address {
    enum class Kind { mail, https } kind = Kind::mail;
    std::string where;  // "tls@partner.test", or the URI
    friend bool operator==(const Address&, const Address&) = default;
};

struct Record {
    std::vector<Address> addresses;     // in order, as far as they can be used; may be empty
    std::vector<std::string> problems;  // what was left out, and why
};

// RFC 8460 §3: whether the text is a TLSRPT record at all; others at the same name do not matter.
[[nodiscard]] bool is_record(std::string_view text);
// Fault::peer_broke_it without a version in front or without rua=.
[[nodiscard]] Result<Record> parse_record(std::string_view text);

struct Discovery {
    enum class State {
        found,
        none,       // the domain wants no reports
        broken,     // as none; `problem` says why
        temporary,  // ask again later
    } state = State::none;
    Record record;
    std::string problem;
};
// At _smtp._tls.<domain>.
Task<Discovery> find_record(dns::Resolver& resolver, std::string domain, Deadline deadline);

}  // namespace sealpost::tlsrpt
