import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32, inflateRawSync } from 'node:zlib';
import { zip, type ZipFile } from './zip.ts';

/** Reads an archive by its directory, as unpacking programs do (PKWARE APPNOTE 6.3). */
function unzip(archive: Buffer): ZipFile[] {
  const end = archive.length - 22;
  assert.equal(archive.readUInt32LE(end), 0x06054b50);
  let at = archive.readUInt32LE(end + 16);
  assert.equal(at + archive.readUInt32LE(end + 12), end);
  return Array.from({ length: archive.readUInt16LE(end + 10) }, () => {
    assert.equal(archive.readUInt32LE(at), 0x02014b50);
    const [sum, packed, size] = [16, 20, 24].map((offset) => archive.readUInt32LE(at + offset));
    const nameLength = archive.readUInt16LE(at + 28);
    const start = archive.readUInt32LE(at + 42);
    const path = archive.toString('utf8', at + 46, at + 46 + nameLength);
    assert.equal(archive.readUInt32LE(start), 0x04034b50);
    assert.equal(archive.toString('utf8', start + 30, start + 30 + nameLength), path);
    const from = start + 30 + nameLength;
    const content = inflateRawSync(archive.subarray(from, from + packed!));
    assert.deepEqual([content.length, crc32(content)], [size, sum]);
    at += 46 + nameLength;
    return { path, text: content.toString('utf8') };
  });
}

test('what is packed comes out again, and equal files make equal archives', () => {
  const files = [
    { path: 'package.xml', text: '<a/>' },
    { path: 'classes/Größe.cls', text: 'ä'.repeat(10_000) },
    { path: 'empty', text: '' },
  ];
  assert.deepEqual(unzip(zip(files)), files);
  assert.deepEqual(zip(files), zip(files));
  assert.deepEqual(unzip(zip([])), []);
});
