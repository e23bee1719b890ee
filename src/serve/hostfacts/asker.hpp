// hostfacts: finds out about a connecting host what the policy asks: its verified name, which DNS lists
// have it, its country and its reputation. All questions go out at once, each kind with its deadline;
// what does not come in time, or makes no sense, counts as not listed, not known and none, and is
// logged and counted: a list that is down must not stop mail. Only the name can stay open
// (HostState::temporary). Nothing is decided here. The gateway asks it, and who traces a connection does: then it says
// of each question what came. An Asker is shared by threads; load() reads files and is called from a thread that is
// no worker.
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
#include <string_view>
#include <vector>

namespace sealpost::hostfacts {

using config::FactSource;

struct Options {
    std::optional<FactSource> country = {};  // absent: no country is known
    std::optional<FactSource> reputation = {};
    std::chrono::milliseconds name_timeout{10'000};
    std::chrono::milliseconds list_timeout{5'000};  // for all lists and sources of one host together
    log::Log log = log::Log::silent();
};
// As the configuration says, with a silent log.
[[nodiscard]] Options make_options(const config::NodeConfig& config);

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

// What is not asked, for the sake of a question "what would happen if".
struct Spared {
    bool name = false;  // these three: the facts that come in hold the answer
    bool country = false;
    bool reputation = false;
    std::vector<std::string> lists = {};  // zones, lower case: likewise, whether the facts name them or not
    bool dns = false;                     // whatever takes DNS; the facts keep the name that came in
};

// What was told about a host.
enum class Told {
    found,
    not_found,
    failed,     // DNS did not tell
    senseless,  // what came is no answer of a list, no value, or several
    given,      // spared: it was known before
    not_asked,  // spared: it takes DNS
    no_source,  // the policy asks, and the configuration names nobody who could tell
};

// A question about a host other than for its name, and what came.
struct Finding {
    std::optional<Subject> subject = {};  // absent: a DNS list
    std::string source = {};              // its zone or file; empty: no_source
    std::string asked = {};               // the name whose records were asked for: "1.2.0.192.bl.example.org A"; empty: none
    Told told = Told::not_found;
    std::string answer = {};   // what came, where something came: "127.0.0.2", "FR"
    std::string problem = {};  // of failed and senseless, for people
};

struct Findings {
    policy::ConnectionFacts facts;
    std::vector<Finding> questions = {};  // lists in the order of the table, then country and reputation
    std::string name_problem = {};        // why the name is not known
};

class Asker {
public:
    // Knows nothing from files before load().
    Asker(std::shared_ptr<dns::Resolver> resolver, Options options);

    // Reads the files of the sources. Fault::config names file and line; then what was there stays.
    Result<> load();

    // `snapshot` says what is wanted of a host on this listener.
    Task<policy::ConnectionFacts> ask(std::shared_ptr<const policy::Snapshot> snapshot, std::string listener, IpAddress ip) const;
    // The same, with what is known of the host beforehand, and what came to each question. `host` has listener and ip.
    Task<Findings> find_out(std::shared_ptr<const policy::Snapshot> snapshot, policy::ConnectionFacts host, Spared spared) const;

    // With the tables of this moment, and neither logging nor counting: for connections that nobody makes.
    [[nodiscard]] std::shared_ptr<const Asker> make_silent() const;

private:
    struct Source {
        Subject subject;
        std::optional<FactSource> where;
        std::shared_ptr<const PrefixTable> table;  // under lock_; null: not from a file
    };
    Result<std::shared_ptr<const PrefixTable>> read(const Source& source) const;
    [[nodiscard]] const Source& source_of(Subject subject) const { return subject == Subject::country ? country_ : reputation_; }
    [[nodiscard]] std::vector<Finding> list_questions(const policy::WantedFacts& wanted) const;
    [[nodiscard]] std::optional<Told> find_spared(const Finding& question, const Spared& spared) const;
    Task<void> ask_name(Findings& found) const;
    Task<void> ask_list(Finding& question, Deadline deadline, policy::ConnectionFacts& facts) const;
    Task<void> ask_source(Finding& question, Deadline deadline, policy::ConnectionFacts& facts) const;
    Task<void> ask_zone(Finding& question, IpAddress ip, Deadline deadline) const;
    void look_up(Finding& question, const IpAddress& ip) const;
    void tell(const Finding& question, const IpAddress& ip) const;
    void count(std::string_view question, std::string_view result) const;

    std::shared_ptr<dns::Resolver> resolver_;
    Options options_;
    mutable std::mutex lock_;
    Source country_;
    Source reputation_;
};

}  // namespace sealpost::hostfacts
