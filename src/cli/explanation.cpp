#include "cli/explanation.hpp"

#include "base/text.hpp"
#include "core/config/tree.hpp"

namespace sealpost::cli {

void answer_explanation(Context& context, const std::string& key, const Explanation& explanation)
{
    if (explanation.text)
        return context.answer(boost::json::object{{"key", key}, {"text", *explanation.text}}, *explanation.text);
    std::string text = "there is no key " + config::quote_json(key);
    if (!explanation.similar.empty()) text += "; did you mean " + join(explanation.similar, " or ") + '?';
    context.fail({Fault::config, text});
}

}  // namespace sealpost::cli
