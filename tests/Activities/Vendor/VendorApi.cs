using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using System.Web;

namespace Homelab.Tests.Activities.Vendor;

/// <summary>
/// A vendor's own description (OpenAPI 2 or 3 as JSON) as a check of requests: known path and method, no query parameter or body field it does
/// not know, everything it requires, values as it says. Stricter than the servers where those ignore what they do not know.
/// </summary>
internal sealed class VendorApi
{
    private readonly JsonObject _document;
    private readonly VendorSchema _schema;
    private readonly List<(Regex Path, string Template, JsonObject Item)> _paths;

    private VendorApi(JsonObject document)
    {
        _document = document;
        _schema = new(document);
        _paths = [.. document["paths"]!.AsObject().Where(path => path.Value is JsonObject).OrderBy(path => path.Key.Count(letter => letter == '{'))
            .Select(path => (Pattern(path.Key), path.Key, path.Value!.AsObject()))];
    }

    public static VendorApi Load(string path) => new(JsonNode.Parse(File.ReadAllText(path))!.AsObject());

    /// <summary>The operation as "GET /path/{name}"; null when there is none.</summary>
    public string? Operation(SeenRequest request) => Find(request) is { } found ? $"{request.Method} {found.Template}" : null;

    /// <summary>What is wrong with a request; empty when the vendor's description allows it.</summary>
    public IReadOnlyList<string> Check(SeenRequest request)
    {
        if (Find(request) is not { } found)
            return [$"{request.Method} {request.Path} is not described"];
        List<string> problems = [];
        List<JsonObject> parameters = [.. Parameters(found.Item).Concat(Parameters(found.Operation))];
        CheckPath(found.Match, parameters, problems);
        CheckQuery(request, parameters, problems);
        CheckBody(request, found.Operation, parameters, problems);
        return [.. problems.Select(problem => $"{request.Method} {found.Template}: {problem}")];
    }

    /// <summary>What is wrong with an answer of JSON; empty when the vendor's description allows it. A field that the description does not know is a problem.</summary>
    public IReadOnlyList<string> CheckAnswer(SeenRequest request, int status, string body)
    {
        if (Find(request) is not { } found)
            return [$"{request.Method} {request.Path} is not described"];
        var responses = found.Operation["responses"]!.AsObject();
        if ((responses[status.ToString(CultureInfo.InvariantCulture)] ?? responses["default"]) is not JsonObject described)
            return [$"{request.Method} {found.Template}: {status} is not described"];
        var response = _schema.Resolve(described);
        List<string> problems = [];
        // OpenAPI 3 says it by media type, Swagger 2 at once.
        if ((response["schema"] ?? response["content"]?["application/json"]?["schema"]) is JsonObject schema)
            _schema.Check(schema, JsonNode.Parse(body), "answer", problems, fromText: false);
        return [.. problems.Select(problem => $"{request.Method} {found.Template} {status}: {problem}")];
    }

    private (string Template, JsonObject Item, JsonObject Operation, Match Match)? Find(SeenRequest request)
    {
        foreach (var (path, template, item) in _paths)
        {
            if (path.Match(request.Path) is { Success: true } match && item[request.Method.ToLowerInvariant()] is JsonObject operation)
                return (template, item, operation, match);
        }

        return null;
    }

    private IEnumerable<JsonObject> Parameters(JsonObject owner) =>
        (owner["parameters"] as JsonArray ?? []).Select(parameter => _schema.Resolve(parameter!.AsObject()));

    private void CheckPath(Match match, List<JsonObject> parameters, List<string> problems)
    {
        foreach (var parameter in parameters.Where(parameter => Text(parameter, "in") == "path"))
        {
            if (match.Groups[Group(Text(parameter, "name"))] is { Success: true } group)
                Value(parameter, Uri.UnescapeDataString(group.Value), problems);
        }
    }

    private void CheckQuery(SeenRequest request, List<JsonObject> parameters, List<string> problems)
    {
        var known = parameters.Where(parameter => Text(parameter, "in") == "query").GroupBy(parameter => Text(parameter, "name")).ToDictionary(named => named.Key, named => named.Last());
        var given = HttpUtility.ParseQueryString(request.Query);
        foreach (var name in given.AllKeys.OfType<string>())
        {
            if (!known.TryGetValue(name, out var parameter))
                problems.Add($"query parameter '{name}' is not known");
            else
                foreach (var value in given.GetValues(name)!)
                    Value(parameter, value, problems);
        }

        problems.AddRange(known.Values.Where(parameter => parameter["required"]?.GetValue<bool>() == true && given[Text(parameter, "name")] is null)
            .Select(parameter => $"query parameter '{Text(parameter, "name")}' is required"));
    }

    private void CheckBody(SeenRequest request, JsonObject operation, List<JsonObject> parameters, List<string> problems)
    {
        var type = request.Headers.GetValueOrDefault("Content-Type", "").Split(';')[0];
        var (schema, required) = Body(operation, parameters, type, request.Body.Length > 0, problems);
        if (request.Body.Length == 0)
        {
            if (required)
                problems.Add("a body is required");
            return;
        }

        if (schema is null)
            problems.Add($"a body of {type} is not described");
        else if (type == "application/x-www-form-urlencoded")
            _schema.Check(schema, Form(request.Body), "body", problems, fromText: true);
        else if (type.EndsWith("json", StringComparison.Ordinal))
            _schema.Check(schema, JsonNode.Parse(request.Body), "body", problems, fromText: false);
    }

    private (JsonObject? Schema, bool Required) Body(JsonObject operation, List<JsonObject> parameters, string type, bool given, List<string> problems)
    {
        // OpenAPI 3 has a request body, Swagger 2 a parameter for it.
        if (operation["requestBody"] is JsonObject described)
        {
            var body = _schema.Resolve(described);
            var content = body["content"]!.AsObject();
            var media = (content[type] ?? content["*/*"] ?? content.FirstOrDefault(one => one.Key.Split(';')[0] == type).Value) as JsonObject;
            if (media is null && given)
                problems.Add($"a body of type '{type}' is not taken, only {string.Join(", ", content.Select(one => one.Key))}");
            return (media?["schema"] as JsonObject ?? (media is null ? null : []), body["required"]?.GetValue<bool>() == true);
        }

        var parameter = parameters.FirstOrDefault(candidate => Text(candidate, "in") == "body");
        return (parameter?["schema"] as JsonObject, parameter?["required"]?.GetValue<bool>() == true);
    }

    private void Value(JsonObject parameter, string value, List<string> problems)
    {
        var schema = parameter["schema"] as JsonObject ?? parameter;
        var resolved = _schema.Resolve(schema);
        if (VendorSchema.Types(resolved).Contains("array"))
            foreach (var item in value.Split(','))
                _schema.Check(resolved["items"] as JsonObject ?? [], JsonValue.Create(item), Text(parameter, "name"), problems, fromText: true);
        else
            _schema.Check(schema, JsonValue.Create(value), Text(parameter, "name"), problems, fromText: true);
    }

    private static JsonObject Form(string body)
    {
        var form = new JsonObject();
        foreach (var pair in body.Split('&'))
        {
            var parts = pair.Split('=', 2);
            // As Proxmox reads it: a second raw = would be lost.
            form[HttpUtility.UrlDecode(parts[0])] = JsonValue.Create(HttpUtility.UrlDecode(parts.Length > 1 ? parts[1] : ""));
        }

        return form;
    }

    private static Regex Pattern(string template) => new(
        "^" + string.Concat(Regex.Split(template, "(\\{[^}]+\\})").Select(piece =>
            piece.StartsWith('{') ? $"(?<{Group(piece[1..^1])}>{(piece is "{path}" or "{filepath}" ? ".+" : "[^/]+")})" : Regex.Escape(piece))) + "$",
        RegexOptions.CultureInvariant, TimeSpan.FromSeconds(1));

    private static string Group(string name) => "p_" + string.Concat(name.Select(letter => char.IsAsciiLetterOrDigit(letter) ? letter.ToString() : ((int)letter).ToString(CultureInfo.InvariantCulture)));

    private static string Text(JsonObject owner, string name) => owner[name]?.GetValue<string>() ?? "";
}
