#include "core/domains/domain.hpp"

namespace sealpost::domains {

std::string_view format_on_failure(OnFailure choice)
{
    switch (choice) {
        case OnFailure::envelope: return "envelope";
        case OnFailure::hold: return "hold";
        case OnFailure::bounce: return "bounce";
    }
    return "envelope";
}

std::optional<OnFailure> parse_on_failure(std::string_view text)
{
    for (const auto choice : {OnFailure::envelope, OnFailure::hold, OnFailure::bounce})
        if (format_on_failure(choice) == text) return choice;
    return std::nullopt;
}

std::string_view format_proven_by(ProvenBy proof)
{
    switch (proof) {
        case ProvenBy::nothing: return "";
        case ProvenBy::txt: return "txt";
        case ProvenBy::code: return "code";
        case ProvenBy::operator_of_node: return "operator";
    }
    return "";
}

std::string_view format_cause(TestCause cause)
{
    switch (cause) {
        case TestCause::asked: return "asked";
        case TestCause::daily: return "daily";
        case TestCause::failed_delivery: return "failed_delivery";
    }
    return "asked";
}

}  // namespace sealpost::domains
