#pragma once

#include "serve/spfadvice/proof.hpp"

#include <boost/json/object.hpp>

namespace sealpost::spfadvice {

struct Order {
    std::string domain;
    std::string include;             // the service whose mail is to pass
    std::vector<IpAddress> senders;  // its sending addresses, as far as they are known
};

enum class Conclusion {
    publish,         // `publish` differs from the record now
    unchanged,       // the record now does all that is wanted
    none,            // no record can be offered; the problems say why
    could_not_tell,  // DNS failed for now
};
[[nodiscard]] std::string_view format_conclusion(Conclusion conclusion);

struct Advice {
    std::string domain;
    std::string include;
    Conclusion conclusion = Conclusion::none;
    std::vector<std::string> records;    // published now; one is the right number
    std::optional<std::string> publish;  // also when unchanged
    unsigned lookups_before = 0;
    unsigned lookups_after = 0;
    unsigned voids_before = 0;  // void lookups that a stranger's address costs
    unsigned voids_after = 0;
    Node tree;       // of the record now, as far as it can be read
    Node tree_after;  // of `publish`, or of what came nearest to it
    std::vector<Problem> problems;  // errors first, each group in the order of the record
    Proof proof;                    // of `publish`
};

// Names are domain names in A-labels; others are Fault::config. Everything else is in the advice.
Task<Result<Advice>> advise(dns::Resolver& resolver, Order order, Deadline deadline);

// The object of doc/spec/spf-advice.md, sentences in `language`.
[[nodiscard]] boost::json::object to_json(const Advice& advice, Language language);
[[nodiscard]] boost::json::object to_json(const Node& node);
// For people, with the tree drawn.
[[nodiscard]] std::string format_text(const Advice& advice, Language language);

}  // namespace sealpost::spfadvice
