#pragma once

#include "cli/context.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <functional>
#include <memory>

namespace sealpost::cli {

// The callback of a command whose work is Result<>(Context&): does it, and tells why it could not be done.
template <class Work>
[[nodiscard]] std::function<void()> answering(Context& context, Work work)
{
    return [&context, work] {
        const auto done = work(context);
        if (done.has_error()) context.fail(done.error());
    };
}

// The same with options, which live as long as the command that they belong to.
template <class Options>
[[nodiscard]] std::function<void()> answering(Context& context, Result<> (*work)(Context&, const Options&),
                                              std::shared_ptr<Options> options)
{
    return answering(context, [work, options = std::move(options)](Context& to) { return work(to, *options); });
}

// One entry of a list: for programs, and with its line end for people.
struct Line {
    boost::json::value value;
    std::string text;
};

// Answers a list under `name`, or with the sentence `none` when it is empty. `make_line` gives the Line of an entry; `more`
// stands beside the list.
template <class Entries, class MakeLine>
void answer_list(Context& context, std::string_view name, const Entries& entries, const MakeLine& make_line,
                 std::string_view none, boost::json::object more = {})
{
    boost::json::array all;
    std::string text;
    for (const auto& entry : entries) {
        Line line = make_line(entry);
        all.push_back(std::move(line.value));
        text += line.text;
    }
    if (all.empty()) text = none;
    more[name] = std::move(all);
    context.answer(more, text);
}

}  // namespace sealpost::cli
