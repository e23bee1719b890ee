// jsonread: JSON that was stored or came in, where whoever reads it has little to say about what is wrong with it. Calls of an
// API read their bodies by http::Fields, which names each field. Any thread; no limit of its own but a depth of 32.
#pragma once

#include "base/result.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <exception>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>

namespace sealpost::jsonread {

// Absent for what is no JSON, and for what is no object.
[[nodiscard]] std::optional<boost::json::object> parse_object(std::string_view text);
// A member's text; empty when it is none.
[[nodiscard]] std::string_view find_text(const boost::json::object& object, std::string_view name);
// `otherwise` when it is none.
[[nodiscard]] bool find_flag(const boost::json::object& object, std::string_view name, bool otherwise);

// What `read` makes of the value. It may throw for all that is not as we wrote it: then "`what` is broken", and nothing mends it.
template <class Read>
auto read_stored(std::string_view text, std::string_view what, Read read)
    -> Result<std::invoke_result_t<Read, const boost::json::value&>>
{
    try {
        return read(boost::json::parse({text.data(), text.size()}));
    } catch (const std::exception& broken) {
        return Error{Fault::give_up, std::string(what) + " is broken: " + broken.what()};
    }
}

}  // namespace sealpost::jsonread
