#include "cli/queue_head.hpp"

#include "cli/service_store.hpp"

#include "base/text.hpp"
#include "core/queue/answering.hpp"
#include "wire/mail/header_block.hpp"
#include "wire/mail/visible_text.hpp"

#include <algorithm>
#include <array>

namespace sealpost::cli {
namespace {

constexpr std::array<std::string_view, 5> content_fields{"Subject", "Comments", "Keywords", "Thread-Topic", "Thread-Index"};

bool tells_content(const mail::HeaderField& field)
{
    return std::ranges::any_of(content_fields, [&](auto name) { return iequals(field.name, name); });
}

}  // namespace

Result<std::string> load_head(queue::Queue& queue, const queue::MessageView& message)
{
    if (message.content == queue::ContentId())
        return Error{Fault::denied, "message " + std::to_string(message.id.value()) + " is done: its head is not kept"};
    SEALPOST_TRY(const auto head, wait_for(queue::read_head(queue.read(message.content))));
    const auto block = mail::HeaderBlock::parse(head);
    if (block.has_error()) return Error{Fault::give_up, "the head of the message cannot be read: " + block.error().text};
    std::string text;
    for (const auto& field : block->fields()) {
        const bool is_shown = !message.is_confidential || !tells_content(field);
        text += is_shown ? mail::show_controls(field.raw) : field.name + ": (not shown: the message is confidential)\n";
    }
    return text;
}

}  // namespace sealpost::cli
