using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Homelab.Activities;

namespace Homelab.Engine.Gate;

/// <summary>Exactly what is to be done: activities, targets and parameters in order. What is decided, approved and authorised is its hash.</summary>
internal sealed record Plan(IReadOnlyList<PlannedStep> Steps)
{
    public string Hash { get; } = PlanHash(Steps);

    /// <summary>For people and the stored decision: parameters with secrets masked.</summary>
    public string ToJson() => JsonSerializer.Serialize(
        new { hash = Hash, steps = Steps.Select(step => new { step.ActivityId, target = step.Target, parameters = JsonSerializer.Deserialize<JsonElement>(step.MaskedParameters) }) },
        GateJson.Options);

    private static string PlanHash(IReadOnlyList<PlannedStep> steps)
    {
        var document = JsonSerializer.SerializeToElement(
            steps.Select(step => new { activity = step.ActivityId, target = step.Target.Id, parameters = step.ParametersHash }), GateJson.Options);
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(CanonicalJson.Write(document))));
    }
}

/// <param name="ParametersHash">SHA-256 of the canonical parameters, with secrets replaced by their keyed hash.</param>
/// <param name="HashedParameters">Canonical JSON with secrets replaced by their keyed hash: what approved changes are laid over.</param>
/// <param name="MaskedParameters">Canonical JSON with secrets masked.</param>
internal sealed record PlannedStep(string ActivityId, ActivityTarget Target, string ParametersHash, string HashedParameters, string MaskedParameters)
{
    private const string Mask = "***";

    /// <param name="key">Of this installation: without it nobody can try guesses of a secret against a stored hash.</param>
    public static PlannedStep Of(ActivityDescriptor descriptor, ActivityTarget target, JsonElement input, byte[] key)
    {
        var hashed = Hashed(descriptor, input, key);
        var masked = CanonicalJson.Write(input, (name, value) => descriptor.SecretInputs.Contains(name) && value.ValueKind != JsonValueKind.Null ? Mask : null);
        return new PlannedStep(descriptor.Id, target, HashOf(hashed), hashed, masked);
    }

    public static string HashOf(string hashedParameters) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(hashedParameters)));

    public static string Hashed(ActivityDescriptor descriptor, JsonElement input, byte[] key) => CanonicalJson.Write(
        input,
        (name, value) => descriptor.SecretInputs.Contains(name) && value.ValueKind != JsonValueKind.Null
            ? "hmac-sha256:" + Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(CanonicalJson.Write(value))))
            : null);
}

/// <summary>As <see cref="Plan.ToJson"/> wrote it.</summary>
internal sealed record StoredPlan(string Hash, IReadOnlyList<StoredPlanStep> Steps);

internal sealed record StoredPlanStep(string ActivityId, ActivityTarget Target, JsonElement Parameters);

internal static class GateJson
{
    public static JsonSerializerOptions Options { get; } = new(JsonSerializerDefaults.Web)
    {
        Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
        DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull,
    };

    public static string Write<T>(T value) => JsonSerializer.Serialize(value, Options);

    public static T Read<T>(string json) => JsonSerializer.Deserialize<T>(json, Options) ?? throw new JsonException("The stored JSON is null.");
}
