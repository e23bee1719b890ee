#include "serve/keyserver/envelope_list.hpp"

#include "base/text.hpp"
#include "serve/keyserver/envelope_json.hpp"

#include <boost/json/array.hpp>

namespace sealpost::keyserver {
namespace {

namespace json = boost::json;

constexpr int per_page = 50;
constexpr std::size_t max_query_bytes = 200;

}  // namespace

http::Checked<std::int64_t> read_page(const http::Request& request, std::int64_t most)
{
    const auto text = request.find_query("page");
    if (!text) return 1;
    const auto number = parse_decimal(*text);
    if (!number || *number == 0 || *number > static_cast<unsigned long long>(most))
        return http::bad_request("page", "\"page\" is a whole number from 1.");
    return static_cast<std::int64_t>(*number);
}

Task<http::Checked<http::Response>> list_envelopes(const std::shared_ptr<keys::KeyStore>& keys, const http::Request& request,
                                                   keys::ListQuery of)
{
    SEALPOST_CO_TRY(const auto page, read_page(request));
    of.text = request.find_query("query").value_or("");
    of.page = static_cast<int>(page) - 1;
    of.per_page = per_page;
    if (of.text.size() > max_query_bytes) co_return http::bad_request("query", "\"query\" is too long.");
    SEALPOST_CO_TRY(const auto all, co_await keys->list(std::move(of)));
    json::array rows;
    for (const auto& facts : all) rows.push_back(format_row(facts));
    json::object answer;
    answer["envelopes"] = std::move(rows);
    answer["next_page"] = all.size() == per_page ? json::value(page + 1) : json::value(nullptr);
    co_return http::json_response(200, answer);
}

}  // namespace sealpost::keyserver
