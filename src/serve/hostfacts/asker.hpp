// hostfacts: finds out about a connecting host what the policy asks: its verified name, which DNS lists
// have it, its country and its reputation. All questions go out at once, each kind with its deadline;
// what does not come in time, or makes no sense, counts as not listed, not known and none, and is
// logged and counted: a list that is down must not stop mail. Only the name can stay open
// (HostState::temporary). Nothing is decided here. An Asker is shared by threads; reload() and load()
// read files and are called from a thread that is no worker.
#pragma once

#include "core/config/node_config.hpp"
#include "core/policy/snapshot.hpp"
#include "serve/hostfacts/prefix_table.hpp"
#include "sys/dns/resolver.hpp"
#include "sys/log/log.hpp"

#include <chrono>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

namespace sealpost::hostfacts {

using config::FactSource;

struct Options {
    std::optional<FactSource> country = {};  // absent: no country is known
    std::optional<FactSource> reputation = {};
    std::chrono::milliseconds name_timeout{10'000};
    std::chrono::milliseconds list_timeout{5'000};  // for all lists and sources of one host together
    log::Log log = log::Log::silent();
};

// The name below a zone that stands for an address: 1.2.0.192.bl.example.org (RFC 5782 §2.1, §2.4).
[[nodiscard]] std::string format_listed_name(const IpAddress& address, std::string_view zone);

// What the A records of such a name say.
enum class Listing {
    listed,      // some record in 127.0.0.0/8
    not_listed,  // no such name, or no record
    failed,      // DNS did not tell
    senseless,   // the zone answers, but as no list does: other addresses, or 127.255.255.0/24
};
[[nodiscard]] Listing read_listing(const dns::Answer& answer);

class Asker {
public:
    // Knows nothing from files before load().
    Asker(std::shared_ptr<dns::Resolver> resolver, Options options);

    // Reads the files of the sources. Fault::config names file and line; then what was there stays.
    Result<> load();

    // `snapshot` says what is wanted of a host on this listener.
    Task<policy::ConnectionFacts> ask(std::shared_ptr<const policy::Snapshot> snapshot, std::string listener, IpAddress ip) const;

private:
    struct Source {
        Subject subject;
        std::optional<FactSource> where;
        std::shared_ptr<const PrefixTable> table;  // under lock_; null: not from a file
    };
    Result<std::shared_ptr<const PrefixTable>> read(const Source& source) const;
    Task<void> ask_name(policy::ConnectionFacts& facts) const;
    Task<void> ask_list(std::string zone, Deadline deadline, policy::ConnectionFacts& facts) const;
    Task<void> ask_source(const Source& source, Deadline deadline, policy::ConnectionFacts& facts) const;
    Task<std::string> find_value(const Source& source, IpAddress ip, Deadline deadline) const;
    Task<std::string> find_value_in_zone(const Source& source, IpAddress ip, Deadline deadline) const;
    void count(std::string_view question, std::string_view result) const;
    void tell_failure(std::string_view question, std::string_view zone, const IpAddress& ip, std::string_view problem) const;

    std::shared_ptr<dns::Resolver> resolver_;
    Options options_;
    mutable std::mutex lock_;
    Source country_;
    Source reputation_;
};

}  // namespace sealpost::hostfacts
