#pragma once

#include "core/revisions/policy_text.hpp"

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::revisions {

// One change of POST edit (doc/spec/policy-api.md, "Changing what is staged").
struct Edit {
    enum class Kind { put, remove, move, add_senders, remove_senders } kind = Kind::put;
    std::string section;  // sender_group for the senders' two
    std::string row;      // an id; empty: put writes a new row
    std::map<std::string, config::Value> values;
    std::string before;                // put: an id, of a group on the same listener; empty: at the end, or where it stands
    std::int64_t to = 0;               // move: from 1
    std::string text;                  // add_senders: the pasted lines
    std::vector<std::string> senders;  // remove_senders
};

inline constexpr std::size_t max_edits = 1000;
inline constexpr std::size_t max_removed_senders = 100'000;  // by one edit

// From the array `changes`; config: it is none such, with the place ("changes[2].values.tls: …").
[[nodiscard]] Result<std::vector<Edit>> parse_edits(const boost::json::value& changes);

// One line of pasted senders.
struct SenderVerdict {
    enum class Kind { ok, duplicate, refused } kind = Kind::ok;
    int line = 0;         // of the pasted text
    std::string written;  // as pasted
    std::string sender;   // in its one spelling; empty when refused
    std::string comment;
    config::Sentence note;  // why it is refused; what it was taken as; where it stands already
};
[[nodiscard]] boost::json::object to_json(const SenderVerdict& verdict);

// The lines of `pasted`, without empty ones and comments: "192.0.2.7", "mx.acme.test (their relay)",
// "192.0.2.0/24  # note". Duplicates are told against the senders of the group (null: none) and within the text.
[[nodiscard]] std::vector<SenderVerdict> check_senders(std::string_view pasted, const PolicyText::Row* group);

struct Edited {
    std::optional<std::string> text;      // absent when there are problems
    std::vector<PlacedProblem> problems;  // what cannot be done, with its place
    std::vector<SenderVerdict> senders;   // of every pasted line
};

// The document with the changes made one behind the other, all or none. Lines outside the changed rows
// and keys that did not change stay byte for byte. The new text is TOML when the old one was; whether it is a
// policy is for policy::parse_document to say. Linear in the text, and in the changed rows a change.
[[nodiscard]] Edited apply_edits(const PolicyText& text, const std::vector<Edit>& edits);

}  // namespace sealpost::revisions
