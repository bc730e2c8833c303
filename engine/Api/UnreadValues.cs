using System.ComponentModel;
using Microsoft.AspNetCore.Http.Metadata;

namespace Homelab.Engine.Api;

/// <summary>Which values of a query are not of the type that the route takes.</summary>
internal static class UnreadValues
{
    public static IReadOnlyList<Fault> Of(HttpContext context)
    {
        var known = context.GetEndpoint()?.Metadata.GetOrderedMetadata<IParameterBindingMetadata>() ?? [];
        List<Fault> faults = [];
        foreach (var (name, value) in context.Request.Query.Select(pair => (pair.Key, Value: pair.Value.ToString())))
        {
            var type = known.FirstOrDefault(parameter => parameter.Name.Equals(name, StringComparison.OrdinalIgnoreCase))?.ParameterInfo.ParameterType;
            if (type is null || TypeDescriptor.GetConverter(Nullable.GetUnderlyingType(type) ?? type) is not { } converter || converter.IsValid(value))
                continue;
            faults.Add(new Fault(name, value, $"'{name}' must be {Words(Nullable.GetUnderlyingType(type) ?? type)}.", "Correct it in the address, or leave it out."));
        }

        return faults.Count > 0 ? faults : [new Fault("request", context.Request.QueryString.Value, "A value of the request cannot be read.", "GET /api/openapi.json describes what it takes.")];
    }

    private static string Words(Type type) =>
        type == typeof(bool) ? "true or false"
        : type == typeof(DateTimeOffset) ? "a time such as 2026-01-31T02:00:00Z"
        : type.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(type))}"
        : type == typeof(int) || type == typeof(long) ? "a whole number"
        : "a number";
}
