#include "core/traffic/preview.hpp"

#include "core/traffic/play.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <map>
#include <set>

namespace sealpost::traffic {
namespace json = boost::json;
namespace {

using Pair = std::pair<std::string, std::string>;

class Tally {
public:
    void add(const std::string& before, const std::string& after, std::uint64_t Counts::*what)
    {
        if (before != after) ++(counts_[{before, after}].*what);
    }
    void add(const Pair& pair, std::uint64_t Counts::*what) { add(pair.first, pair.second, what); }

    [[nodiscard]] std::vector<Change> list() const
    {
        std::vector<Change> all;
        for (const auto& [pair, counts] : counts_) all.push_back({pair.first, pair.second, counts});
        std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) {
            return std::pair(a.counts.messages, a.counts.connections) > std::pair(b.counts.messages, b.counts.connections);
        });
        if (all.size() > max_changes) all.resize(max_changes);
        return all;
    }

private:
    std::map<Pair, Counts> counts_;
};

// Some of each kind: the newest of a kind first, and one of every kind before a second one of any.
class Examples {
public:
    void add(Example example)
    {
        std::string kind = example.before.group + '\n' + example.before.policy + '\n' + example.before.verdict + '\n' +
                           example.after.group + '\n' + example.after.policy + '\n' + example.after.verdict;
        const auto at = kinds_.find(kind);
        if (at == kinds_.end() && kinds_.size() >= max_kinds) return;
        auto& list = at == kinds_.end() ? kinds_[std::move(kind)] : at->second;
        if (list.size() < max_examples) list.push_back(std::move(example));
    }

    [[nodiscard]] std::vector<Example> pick() const
    {
        std::vector<Example> picked;
        for (std::size_t round = 0; round < max_examples && picked.size() < max_examples; ++round)
            for (const auto& [kind, list] : kinds_)
                if (round < list.size() && picked.size() < max_examples) picked.push_back(list[round]);
        return picked;
    }

private:
    static constexpr std::size_t max_kinds = 500;
    std::map<std::string, std::vector<Example>> kinds_;
};

class Comparison {
public:
    Comparison(const policy::Snapshot& before, const policy::Snapshot& after, const std::string& hostname)
        : before_(before, hostname), after_(after, hostname)
    {
    }

    Preview compare(const Facts& facts)
    {
        for (auto at = facts.messages.rbegin(); at != facts.messages.rend(); ++at) compare(*at);
        for (auto at = facts.connections.rbegin(); at != facts.connections.rend(); ++at) compare(*at);
        preview_.groups = groups_.list();
        preview_.policies = policies_.list();
        preview_.verdicts = verdicts_.list();
        preview_.examples = examples_.pick();
        return std::move(preview_);
    }

private:
    void see(WallTime at)
    {
        const bool is_first = preview_.connections + preview_.messages == 0;
        preview_.since = is_first ? at : std::min(preview_.since, at);
        preview_.until = is_first ? at : std::max(preview_.until, at);
    }

    void compare(const ConnectionRecord& record)
    {
        see(record.at);
        ++preview_.connections;
        count(record, before_.play(record), after_.play(record), &Counts::connections);
    }

    void compare(const MessageRecord& record)
    {
        see(record.at);
        ++preview_.messages;
        count(record, before_.play(record), after_.play(record), &Counts::messages);
    }

    template <class Record>
    void count(const Record& record, const Endings& before, const Endings& after, std::uint64_t Counts::*what)
    {
        std::map<Pair, std::size_t> pairs;  // with the first recipient that meets it
        for (std::size_t i = 0; i < before.verdicts.size(); ++i) pairs.emplace(Pair{before.verdicts[i], after.verdicts[i]}, i);
        const bool moves = before.group != after.group || before.policy != after.policy;
        const bool ends_differently =
            std::any_of(pairs.begin(), pairs.end(), [](const auto& each) { return each.first.first != each.first.second; });
        if (!moves && !ends_differently) return;
        ++(preview_.different.*what);
        groups_.add(before.group, after.group, what);
        policies_.add(before.policy, after.policy, what);
        for (const auto& [pair, recipient] : pairs) {
            verdicts_.add(pair, what);
            if (moves || pair.first != pair.second)
                examples_.add(make_example(record, recipient, {before.group, before.policy, pair.first},
                                           {after.group, after.policy, pair.second}));
        }
    }

    static Example describe(WallTime at, const policy::ConnectionFacts& facts, Ending before, Ending after)
    {
        return {at, facts.listener, format_ip(facts.ip), facts.host, "", "", std::move(before), std::move(after)};
    }

    static Example make_example(const ConnectionRecord& record, std::size_t, Ending before, Ending after)
    {
        return describe(record.at, record.facts, std::move(before), std::move(after));
    }

    static Example make_example(const MessageRecord& record, std::size_t recipient, Ending before, Ending after)
    {
        auto example = describe(record.at, record.facts, std::move(before), std::move(after));
        example.sender = record.sender.empty() ? "<>" : record.sender;
        if (recipient < record.recipients.size()) example.recipient = record.recipients[recipient].address;
        return example;
    }

    Player before_, after_;
    Preview preview_;
    Tally groups_, policies_, verdicts_;
    Examples examples_;
};

json::array to_json(const std::vector<Change>& changes)
{
    json::array out;
    for (const auto& change : changes)
        out.push_back(json::object{{"before", change.before},
                                   {"after", change.after},
                                   {"connections", change.counts.connections},
                                   {"messages", change.counts.messages}});
    return out;
}

json::object to_json(const Ending& ending)
{
    return {{"group", ending.group}, {"policy", ending.policy}, {"verdict", ending.verdict}};
}

json::object to_json(const Example& example)
{
    return {{"time", format_rfc3339(example.at)},
            {"listener", example.listener},
            {"ip", example.ip},
            {"host", example.host},
            {"sender", example.sender},
            {"recipient", example.recipient},
            {"before", to_json(example.before)},
            {"after", to_json(example.after)}};
}

}  // namespace

Preview make_preview(const policy::Snapshot& before, const policy::Snapshot& after, const Facts& facts,
                     const std::string& hostname)
{
    return Comparison(before, after, hostname).compare(facts);
}

json::object to_json(const Preview& preview)
{
    const bool is_empty = preview.connections + preview.messages == 0;
    json::array examples;
    for (const auto& example : preview.examples) examples.emplace_back(to_json(example));
    json::array not_played(preview.not_played.begin(), preview.not_played.end());
    return {{"connections", preview.connections},
            {"messages", preview.messages},
            {"since", is_empty ? json::value(nullptr) : json::value(format_rfc3339(preview.since))},
            {"until", is_empty ? json::value(nullptr) : json::value(format_rfc3339(preview.until))},
            {"different", json::object{{"connections", preview.different.connections}, {"messages", preview.different.messages}}},
            {"groups", to_json(preview.groups)},
            {"policies", to_json(preview.policies)},
            {"verdicts", to_json(preview.verdicts)},
            {"examples", std::move(examples)},
            {"not_played", std::move(not_played)}};
}

}  // namespace sealpost::traffic
