#include "core/queue/plan.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace sealpost::queue {
namespace {

constexpr std::array<std::string_view, 3> original_words = {"headers", "small", "full"};
constexpr std::size_t words_before_address = 9;

const Error broken{Fault::give_up, "a message's bounce plan is broken"};

Result<std::int64_t> read_number(std::string_view word)
{
    const auto number = parse_decimal(word);
    if (!number || *number > INT32_MAX) return broken;
    return static_cast<std::int64_t>(*number);
}

Result<bool> read_flag(std::string_view word)
{
    if (word != "0" && word != "1") return broken;
    return word == "1";
}

}  // namespace

std::string format_bounce_plan(const BouncePlan& plan)
{
    std::string out;
    const auto add = [&](std::int64_t number) { out += std::to_string(number) + ' '; };
    add(plan.retry.first_retry.count());
    add(plan.retry.max_interval.count());
    add(plan.retry.max_age.count());
    add(plan.retry.max_attempts);
    add(plan.send_bounces ? 1 : 0);
    add(plan.delay_warning_after.count());
    add(plan.max_delay_warnings);
    add(plan.is_confidential ? 1 : 0);
    out += original_words[static_cast<std::size_t>(plan.original)];
    if (!plan.alternate_recipient.empty()) out += ' ' + plan.alternate_recipient;
    return out;
}

Result<BouncePlan> parse_bounce_plan(std::string_view text)
{
    std::array<std::string_view, words_before_address> words;
    for (auto& word : words) {
        word = text.substr(0, text.find(' '));
        text.remove_prefix(std::min(text.size(), word.size() + 1));
    }
    std::array<std::int64_t, 7> numbers{};
    for (std::size_t i = 0; i < numbers.size(); ++i) {
        SEALPOST_TRY(numbers[i], read_number(words[i]));
    }
    BouncePlan plan;
    plan.retry.first_retry = std::chrono::seconds(numbers[0]);
    plan.retry.max_interval = std::chrono::seconds(numbers[1]);
    plan.retry.max_age = std::chrono::seconds(numbers[2]);
    plan.retry.max_attempts = static_cast<int>(numbers[3]);
    SEALPOST_TRY(plan.send_bounces, read_flag(words[4]));
    plan.delay_warning_after = std::chrono::seconds(numbers[5]);
    plan.max_delay_warnings = static_cast<int>(numbers[6]);
    SEALPOST_TRY(plan.is_confidential, read_flag(words[7]));
    const auto at = std::ranges::find(original_words, words[8]);
    if (at == original_words.end()) return broken;
    plan.original = static_cast<Original>(at - original_words.begin());
    plan.alternate_recipient = text;
    return plan;
}

}  // namespace sealpost::queue
