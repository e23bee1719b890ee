// room: core/revisions
// Edits of the policy document: the input is the changes as JSON, a line "---", and the document. Whatever they
// are, editing ends in a text or in problems, and a text is TOML as the document was.
#include "core/revisions/edit.hpp"

#include <boost/json/parse.hpp>

#include <cstdlib>

using namespace sealpost;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view input(reinterpret_cast<const char*>(data), size);
    const auto line = input.find("\n---\n");
    if (line == std::string_view::npos) return 0;
    boost::system::error_code error;
    const auto changes = boost::json::parse({input.data(), line}, error);
    const auto edits = error ? Result<std::vector<revisions::Edit>>(Error{Fault::config, ""}) : revisions::parse_edits(changes);
    std::vector<config::Problem> problems;
    const auto document = revisions::PolicyText::parse(std::string(input.substr(line + 5)), "fuzz", problems);
    if (edits.has_error() || !document) return 0;
    if (revisions::apply_edits(*document, {}).text != document->text()) std::abort();
    const auto edited = revisions::apply_edits(*document, *edits);
    if (edited.text.has_value() == !edited.problems.empty()) std::abort();
    if (edited.text && !revisions::PolicyText::parse(*edited.text, "edited", problems)) std::abort();
    return 0;
}
