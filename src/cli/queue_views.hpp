#pragma once

#include "cli/context.hpp"
#include "core/queue/queue.hpp"

#include <boost/json.hpp>

#include <memory>
#include <string>
#include <vector>

namespace sealpost::cli {

// What the commands about the queue share.

inline constexpr int most_listed = 10'000;

// The queue in the store of the configuration, beside a running server.
[[nodiscard]] Result<std::shared_ptr<queue::Queue>> open_queue(const Context& context);

// `by`: the option that goes on where this list ends; one message more than asked for tells whether there are more.
void answer_list(Context& context, std::vector<queue::MessageView> messages, int limit, const std::string& by);

struct Told {
    boost::json::object object;
    std::string text;
};

// A message with what became of it; its replacements and bounces are named.
[[nodiscard]] Result<Told> tell(queue::Queue& queue, const queue::MessageView& message);

// What is known of a message, whether it waits or not; Fault::denied: nothing.
[[nodiscard]] Result<queue::MessageView> find_one(queue::Queue& queue, std::int64_t number);
[[nodiscard]] Result<> show_one(Context& context, queue::Queue& queue, std::int64_t number);

}  // namespace sealpost::cli
