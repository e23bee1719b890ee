#pragma once

#include "serve/policyadmin/policyadmin.hpp"
#include "sys/http/fields.hpp"
#include "sys/http/respond.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <optional>
#include <span>
#include <string_view>
#include <vector>

namespace sealpost::policyadmin {

using admin::SignedIn;
using Purpose = admin::Desk::Purpose;

// What the calls share. Lives as long as the router.
class Desk {
public:
    explicit Desk(Parts p) : parts(std::move(p)) {}

    // An administrator of the node.
    Task<http::Checked<SignedIn>> require_signed_in(http::Request& request, Purpose purpose) const
    {
        return parts.admin->require(request, purpose, admin::Area::mail_policies);
    }

    const Parts parts;
};

// A call of the API. One that changes or costs something is a POST, and taken from our own pages only.
struct Entry {
    http::Method method;
    std::string_view name;  // behind /api/v1/policy/
    http::DeskCall<Desk> call;
    std::uint64_t max_body_bytes = 64 * 1024;
    bool (*is_there)(const Questions& questions) = nullptr;  // null: always
};
[[nodiscard]] std::span<const Entry> reading_calls();
[[nodiscard]] std::span<const Entry> changing_calls();
[[nodiscard]] std::span<const Entry> asking_calls();
[[nodiscard]] std::vector<Entry> list_calls();  // all of them

// doc/spec/policy-api.openapi.json, put here by the build (cmake/Embed.cmake).
extern const std::string_view api_description;

// ---- what comes in

[[nodiscard]] http::Checked<bool> find_flag(const http::Request& request, std::string_view name, bool otherwise);
// From 1; more than `most` is bad-request.
[[nodiscard]] http::Checked<std::optional<std::int64_t>> find_number(const http::Request& request, std::string_view name,
                                                                     std::int64_t most);
// At most 500 octets; "" when absent.
[[nodiscard]] http::Checked<std::string> find_text(const http::Request& request, std::string_view name);
[[nodiscard]] revisions::Edition read_edition(http::Fields& fields);

// ---- what goes out

inline constexpr std::size_t max_listed_problems = 200;
inline constexpr std::size_t max_listed_verdicts = 1000;
inline constexpr std::size_t max_difference_bytes = 256 * 1024;

[[nodiscard]] boost::json::array to_json(const std::vector<revisions::PlacedProblem>& problems);
// "senders" and "sender_counts"; refused lines first when there are too many.
void add_verdicts(boost::json::object& answer, const std::vector<revisions::SenderVerdict>& verdicts);
// 422, with "problems" and "problem_count".
[[nodiscard]] http::Problem refused(std::string title, const std::vector<revisions::PlacedProblem>& problems);
// Cut at the end of a line.
[[nodiscard]] std::string limit_difference(std::string difference);
// What became of a change, as the call answers it.
[[nodiscard]] http::Checked<http::Response> answer_outcome(const revisions::Outcome& outcome);

// A Fault::denied of core/revisions means that there is no such thing.
template <class T>
http::Checked<T> found(Result<T> result)
{
    if (result.has_value()) return std::move(*result);
    if (result.error().fault == Fault::denied) return http::not_found();
    return http::Problem(result.error());
}

}  // namespace sealpost::policyadmin
