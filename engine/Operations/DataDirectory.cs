namespace Homelab.Engine.Operations;

/// <summary>Where this node keeps its files; absolute.</summary>
internal sealed record DataDirectory(string Path)
{
    /// <summary><c>Storage:Directory</c>, relative to the working directory.</summary>
    public static DataDirectory Of(IConfiguration configuration) =>
        new(System.IO.Path.GetFullPath(configuration["Storage:Directory"] is { Length: > 0 } configured ? configured : "data"));
}
