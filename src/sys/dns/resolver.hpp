// dns: questions to the domain name system as tasks. A Resolver is shared by all threads; an answer
// comes back on the executor of the task that asked. Failures that may pass (SERVFAIL, time-out,
// bogus signatures) are Status::temporary, never an exception or a Fault: a caller must look at the
// status, since "no such name" and "could not tell" decide differently.
#pragma once

#include "base/ip_address.hpp"
#include "sys/async/task.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::dns {

enum class Type : std::uint16_t { a = 1, cname = 5, ptr = 12, mx = 15, txt = 16, aaaa = 28, tlsa = 52 };
[[nodiscard]] std::string_view format_type(Type type);

enum class Status { found, no_data, no_such_name, temporary };
[[nodiscard]] std::string_view format_status(Status status);

struct Answer {
    Status status = Status::temporary;
    bool secure = false;  // DNSSEC: validated, also when the answer is "no"
    bool bogus = false;   // with temporary: its signatures do not fit
    // Validating is away for the moment, and was there before: that it is not secure says nothing of the name.
    bool unvalidated = false;
    // Record data as text: "192.0.2.1", "10 mx.acme.test", "mx.acme.test", "3 1 1 ab12…". Names have
    // no final dot, except the root ".". A TXT record is its character strings joined, octets as
    // they are (RFC 7208 §3.3).
    std::vector<std::string> records;
    std::string canonical_name;  // where aliases led; empty when the name is no alias
    std::chrono::seconds ttl{0};
    std::string problem;  // with temporary: what went wrong, for people
};

class Resolver {
public:
    Resolver() = default;
    Resolver(const Resolver&) = delete;
    Resolver& operator=(const Resolver&) = delete;
    virtual ~Resolver() = default;

    // Names are absolute, with or without the final dot. Passing the deadline is Status::temporary.
    virtual Task<Answer> query(std::string name, Type type, Deadline deadline) = 0;
};

struct Addresses {
    Status status = Status::temporary;
    bool secure = false;
    bool unvalidated = false;          // of one family at least
    std::vector<IpAddress> addresses;  // IPv6 after IPv4
    // False when the lookup of one family failed temporarily: there may be more addresses.
    bool complete = false;
    std::string canonical_name;
    std::chrono::seconds ttl{0};
    std::string problem;
};

struct Mx {
    std::uint16_t preference = 0;
    std::string host;  // "." in a null MX
    friend bool operator==(const Mx&, const Mx&) = default;
};

struct MxAnswer {
    Status status = Status::temporary;
    bool secure = false;
    bool unvalidated = false;  // as in Answer
    std::vector<Mx> records;   // by preference, then name
    std::chrono::seconds ttl{0};
    std::string problem;
};

struct TextAnswer {
    Status status = Status::temporary;
    bool secure = false;
    std::vector<std::string> texts;
    std::chrono::seconds ttl{0};
    std::string problem;
};

struct NameAnswer {
    Status status = Status::temporary;
    bool secure = false;
    std::vector<std::string> names;
    std::chrono::seconds ttl{0};
    std::string problem;
};

Task<Addresses> find_addresses(Resolver& resolver, std::string name, Deadline deadline);  // A and AAAA
Task<MxAnswer> find_mx(Resolver& resolver, std::string name, Deadline deadline);
Task<TextAnswer> find_txt(Resolver& resolver, std::string name, Deadline deadline);
Task<NameAnswer> find_ptr(Resolver& resolver, IpAddress address, Deadline deadline);

// Lower case, no final dot; absent when it is no domain name (RFC 1035 §2.3.4 limits: 253, labels 63) of
// printable ASCII. A host name is less than that: see mail::parse_domain.
[[nodiscard]] std::optional<std::string> normalise_name(std::string_view name);

// RFC 6761 §6.3: names in .localhost are answered without asking anybody.
[[nodiscard]] std::optional<Answer> answer_localhost(std::string_view name, Type type);

}  // namespace sealpost::dns
