#pragma once

#include "core/traffic/facts.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <vector>

namespace sealpost::traffic {

struct Counts {
    std::uint64_t connections = 0;
    std::uint64_t messages = 0;
    friend bool operator==(const Counts&, const Counts&) = default;
};

// So many that met `before` would meet `after`.
struct Change {
    std::string before;
    std::string after;
    Counts counts;
};

struct Ending {
    std::string group;
    std::string policy;
    std::string verdict;  // format_ruling(), and what would become of it: "accepted, sealed"
    friend bool operator==(const Ending&, const Ending&) = default;
};

struct Example {
    WallTime at{};
    std::string listener, ip, host;
    std::string sender, recipient;  // both empty: of a connection
    Ending before, after;
};

struct Preview {
    std::uint64_t connections = 0;  // played
    std::uint64_t messages = 0;
    WallTime since{}, until{};                       // of the oldest and newest; both 0 when nothing is kept
    Counts different;                                // in group, policy or verdict
    std::vector<Change> groups, policies, verdicts;  // the most messages first
    std::vector<Example> examples;
    std::vector<std::string> not_played;  // what changes and is not in these figures: "destination.tls"
};

inline constexpr std::size_t max_examples = 50;
inline constexpr std::size_t max_changes = 200;  // of each list; the rest is counted in `different` only

// Plays the facts against both, on a node of that name (empty: not known). What cannot be known from them is taken from what was
// found then.
[[nodiscard]] Preview make_preview(const policy::Snapshot& before, const policy::Snapshot& after, const Facts& facts,
                                   const std::string& hostname = {});

// Of changed keys of a policy ("section.key"), those that make_preview() cannot play; for Preview::not_played.
[[nodiscard]] std::vector<std::string> find_not_played(const std::vector<std::string>& changed);

[[nodiscard]] boost::json::object to_json(const Preview& preview);  // doc/spec/policy-api.md, "Preview"
[[nodiscard]] std::string format_preview(const Preview& preview);   // for a terminal, with bars

}  // namespace sealpost::traffic
