namespace Homelab.Engine.Storage;

/// <summary>One portable statement; its parameters are written <c>$1</c>, <c>$2</c>, ... Values: null, string, long, byte[].</summary>
internal sealed record SqlStatement(string Sql, params object?[] Values);
