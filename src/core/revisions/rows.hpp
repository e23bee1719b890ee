#pragma once

#include "base/clock.hpp"
#include "base/result.hpp"
#include "core/policy/snapshot.hpp"
#include "core/revisions/edition.hpp"
#include "core/revisions/policy_text.hpp"

#include <boost/json/object.hpp>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sealpost::revisions {

struct StagedInfo {
    std::string author;
    WallTime time{};
    std::int64_t base = 0;
};

// What the store holds at one moment.
struct PolicyView {
    Edition edition;
    std::shared_ptr<const PolicyText> live;    // never null
    std::shared_ptr<const PolicyText> staged;  // the live one when nothing is staged
    std::optional<StagedInfo> pending;
    std::vector<policy::ListenerInfo> listeners;

    [[nodiscard]] const PolicyText& shown(bool want_staged) const { return want_staged ? *staged : *live; }
};

// The answers of policy-api.md, "Reading", each a whole body. denied: there is no such section, row or
// listener (a 404).
[[nodiscard]] Result<boost::json::object> describe_state(const PolicyView& view);
[[nodiscard]] Result<boost::json::object> list_rows(const PolicyView& view, std::string_view section, std::string_view listener,
                                                    bool staged);

struct SenderPage {
    std::string listener, group;
    std::string find;        // a part of the text, or an address that the sender covers; empty: all
    std::size_t from = 1;    // the place among those found, from 1
    std::size_t most = 100;  // max_page_senders at most
};
inline constexpr std::size_t max_page_senders = 500;
inline constexpr std::size_t max_found_senders = 200;
[[nodiscard]] Result<boost::json::object> list_senders(const PolicyView& view, const SenderPage& page, bool staged);
// `listener` empty: all of them.
[[nodiscard]] Result<boost::json::object> find_senders(const PolicyView& view, std::string_view text, std::string_view listener,
                                                       bool staged);
// `policy` empty: what a new policy of the listener inherits. Of what is staged.
[[nodiscard]] Result<boost::json::object> describe_parameters(const PolicyView& view, std::string_view listener,
                                                              std::string_view policy);

}  // namespace sealpost::revisions
